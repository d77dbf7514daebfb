//! The one way to the API server: a request is sent once and answered by the caller's deadline, or its refusal says why not.
//!
//! It never asks again by itself. Whoever may wait says so with [`patiently`], and hands on the last refusal.

use std::sync::atomic::Ordering;
use std::time::Duration;

use http::Request;
use http::header::ACCEPT;
use serde_json::Value;
use tokio::time::Instant;

use crate::observe::STEP;
use crate::{Cluster, text};

/// How long the API server may take for one request, however much time its caller has.
pub(crate) const ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// Why a request came to nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The API server said no.
    Status {
        /// HTTP status code.
        code: u16,
        /// Its own words.
        message: String,
    },
    /// There was no answer, or none that can be read.
    NoAnswer(String),
}

impl Cluster {
    pub(crate) async fn get(&self, path: &str, end: Instant) -> Result<Value, Refusal> {
        self.get_as(path, "application/json", end).await
    }

    /// The same in the form that this media type names.
    pub(crate) async fn get_as(
        &self,
        path: &str,
        media_type: &str,
        end: Instant,
    ) -> Result<Value, Refusal> {
        let request = Request::get(path)
            .header(ACCEPT, media_type)
            .body(Vec::new())
            .map_err(|error| Refusal::NoAnswer(error.to_string()))?;
        let answer = self.answer(request, end).await;
        if let Err(Refusal::Status { code: 403, .. }) = answer {
            self.was_denied.store(true, Ordering::Relaxed);
        }
        answer
    }

    /// The same of what is no JSON.
    pub(crate) async fn get_text(&self, path: &str, end: Instant) -> Result<String, Refusal> {
        let request = Request::get(path)
            .body(Vec::new())
            .map_err(|error| Refusal::NoAnswer(error.to_string()))?;
        let within = ANSWER_WITHIN.min(end.saturating_duration_since(Instant::now()));
        match tokio::time::timeout(within, self.client.request_text(request)).await {
            Ok(answer) => answer.map_err(|error| Refusal::of(&error)),
            Err(_) => Err(Refusal::too_late(within)),
        }
    }

    /// One request with an optional body and its media type, answered before `end`.
    pub(crate) async fn send(
        &self,
        method: &str,
        path: &str,
        body: Option<(&str, &Value)>,
        end: Instant,
    ) -> Result<Value, Refusal> {
        let mut request = Request::builder().method(method).uri(path);
        let mut bytes = Vec::new();
        if let Some((media_type, value)) = body {
            request = request.header("Content-Type", media_type);
            bytes = value.to_string().into_bytes();
        }
        let request = request
            .body(bytes)
            .map_err(|error| Refusal::NoAnswer(error.to_string()))?;
        self.answer(request, end).await
    }

    async fn answer(&self, request: Request<Vec<u8>>, end: Instant) -> Result<Value, Refusal> {
        let within = ANSWER_WITHIN.min(end.saturating_duration_since(Instant::now()));
        match tokio::time::timeout(within, self.client.request(request)).await {
            Ok(answer) => answer.map_err(|error| Refusal::of(&error)),
            Err(_) => Err(Refusal::too_late(within)),
        }
    }
}

/// Asks again for as long as the API server says that it cannot just now, at most until `end`.
pub(crate) async fn patiently<T>(
    end: Instant,
    mut ask: impl AsyncFnMut() -> Result<T, Refusal>,
) -> Result<T, Refusal> {
    let mut step = tokio::time::interval(STEP);
    loop {
        step.tick().await;
        match ask().await {
            Err(refusal) if refusal.is_for_now() && Instant::now() + STEP < end => {}
            done => return done,
        }
    }
}

impl Refusal {
    pub(crate) fn of(error: &kube::Error) -> Self {
        match error {
            kube::Error::Api(status) => Self::Status {
                code: status.code,
                message: match &status.details {
                    // A disruption budget's name and numbers are only here; other causes are in the message already.
                    Some(details) if status.code == 429 => {
                        let causes = details.causes.iter().map(|cause| cause.message.as_str());
                        let texts: Vec<&str> = std::iter::once(status.message.as_str())
                            .chain(causes)
                            .collect();
                        texts.join(" ")
                    }
                    _ if status.message.is_empty() => {
                        format!("the API server says {}", status.code)
                    }
                    _ => status.message.clone(),
                },
            },
            other => Self::NoAnswer(text::innermost(other)),
        }
    }

    /// Nothing came in the time that there was.
    pub(crate) fn too_late(within: Duration) -> Self {
        Self::NoAnswer(match within.as_secs_f64().round() {
            0.0 => "no answer before the time was up".to_owned(),
            seconds => format!("no answer within {seconds} s"),
        })
    }

    pub(crate) fn is_not_found(&self) -> bool {
        matches!(self, Self::Status { code: 404, .. })
    }

    /// Whether the API server itself says that it is for this moment only.
    pub(crate) fn is_for_now(&self) -> bool {
        matches!(
            self,
            Self::Status {
                code: 429 | 503 | 504,
                ..
            }
        )
    }

    pub(crate) fn text(&self) -> &str {
        match self {
            Self::Status { message, .. } => message,
            Self::NoAnswer(reason) => reason,
        }
    }
}
