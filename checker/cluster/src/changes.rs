//! Tells when something changed that a question is about, through watches.

use futures::future::join_all;
use futures::stream::{BoxStream, SelectAll};
use futures::{FutureExt as _, StreamExt as _};
use grade::observation::Question;
use kube::Api;
use kube::api::{ApiResource, DynamicObject, GroupVersionKind};
use kube::core::PartialObjectMeta;
use kube::runtime::{WatchStreamExt as _, watcher};
use tokio::time::Instant;

use crate::Cluster;

/// Changes of what some questions are about.
pub struct Changes {
    streams: SelectAll<BoxStream<'static, ()>>,
}

impl Cluster {
    /// Watches every kind that these questions are about, in their namespaces.
    ///
    /// Does *not* fail: a watch that is cut off is tried again, with growing pauses, and a kind that is not served before `end`
    /// tells of no change, nor does one that is new after this.
    pub async fn changes(&self, questions: &[Question], end: Instant) -> Changes {
        let mut watched: Vec<(String, String, Option<String>)> = questions
            .iter()
            .filter_map(|question| match question {
                Question::Object(object) => Some((
                    object.api_version.clone(),
                    object.kind.clone(),
                    object.namespace.clone(),
                )),
                Question::Objects(objects) => Some((
                    objects.api_version.clone(),
                    objects.kind.clone(),
                    objects.namespace.clone(),
                )),
                Question::Everything
                | Question::ComesBack { .. }
                | Question::Run { .. }
                | Question::RunOften { .. }
                | Question::Log { .. } => None,
            })
            .collect();
        watched.sort();
        watched.dedup();
        let mut streams = SelectAll::new();
        if questions.contains(&Question::Everything) {
            for (resource, namespace) in self.resources(end).await.unwrap_or_default() {
                streams.push(self.watch(&resource, namespace.as_deref()));
            }
            return Changes { streams };
        }
        let places = watched
            .iter()
            .map(|(api_version, kind, _)| self.place(api_version, kind, end));
        for ((api_version, kind, namespace), place) in watched.iter().zip(join_all(places).await) {
            if let Ok(place) = place {
                let resource = resource(api_version, kind, place.plural());
                streams.push(self.watch(&resource, namespace.as_deref()));
            }
        }
        Changes { streams }
    }

    fn watch(&self, resource: &ApiResource, namespace: Option<&str>) -> BoxStream<'static, ()> {
        let client = self.client.clone();
        let api: Api<PartialObjectMeta<DynamicObject>> = match namespace {
            Some(namespace) => Api::namespaced_with(client, namespace, resource),
            None => Api::all_with(client, resource),
        };
        watcher(api, watcher::Config::default())
            .default_backoff()
            .filter_map(
                |event| async move { event.is_ok_and(|event| is_change(&event)).then_some(()) },
            )
            .boxed()
    }
}

impl Changes {
    /// Waits for the next change. Never ends when nothing can be watched.
    pub async fn next(&mut self) {
        if self.streams.next().await.is_none() {
            std::future::pending::<()>().await;
        }
    }

    /// Forgets the changes that have come already. Whether there were any.
    pub fn forget(&mut self) -> bool {
        let mut were_any = false;
        while self.streams.next().now_or_never().flatten().is_some() {
            were_any = true;
        }
        were_any
    }
}

/// What is there when a watch begins is one change: it may have come since the last look.
fn is_change<T>(event: &watcher::Event<T>) -> bool {
    !matches!(event, watcher::Event::Init | watcher::Event::InitApply(_))
}

pub(crate) fn resource(api_version: &str, kind: &str, plural: &str) -> ApiResource {
    let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
    ApiResource::from_gvk_with_plural(&GroupVersionKind::gvk(group, version, kind), plural)
}
