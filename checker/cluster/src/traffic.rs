//! Runs a command in a Pod many times, as `kubectl exec` does, while a Pod of another workload is evicted, and writes down what each said.
//!
//! What is lost is `grade`'s to say.

use std::time::Duration;

use futures::future::join_all;
use grade::is_ready;
use grade::observation::{ObjectRef, Observation, RunSeen};
use tokio::time::Instant;

use crate::Cluster;
use crate::observe::failed_to;
use crate::text::{self, at};

impl Cluster {
    /// In the first container of the newest Pod that runs; each time begins `every` after the one before, whether that has ended or not.
    pub(crate) async fn run_often(
        &self,
        workload: &ObjectRef,
        command: &[String],
        (every, times): (Duration, u32),
        evicts: Option<&ObjectRef>,
        end: Instant,
    ) -> Observation {
        let pod = match self.newest(workload, end).await {
            Ok(pod) => pod,
            Err(why) => return Observation::Unreadable(why),
        };
        let begun = Instant::now();
        let runs = join_all((0..times).map(|number| {
            let after = every.saturating_mul(number);
            let pod = &pod;
            async move {
                tokio::time::sleep_until(begun + after).await;
                let (code, said) = self.run_in(pod, command, end).await?;
                Ok(RunSeen { after, code, said })
            }
        }));
        let eviction = async {
            // The first request is on its way.
            tokio::time::sleep_until(begun + every / 2).await;
            match evicts {
                Some(workload) => self.evict_one(workload, end).await,
                None => Ok(None),
            }
        };
        let (runs, evicted) = tokio::join!(runs, eviction);
        let runs: Result<Vec<RunSeen>, String> = runs.into_iter().collect();
        match (runs, evicted) {
            (Ok(runs), Ok(evicted)) => Observation::RanOften {
                pod: at(&pod, "/metadata/name").to_owned(),
                evicted,
                runs,
            },
            (Err(why), _) | (_, Err(why)) => Observation::Unreadable(why),
        }
    }

    /// Evicts a Pod that is ready, and tells its name; `None` where there is none.
    async fn evict_one(
        &self,
        workload: &ObjectRef,
        end: Instant,
    ) -> Result<Option<String>, String> {
        let whose = text::of_ref(workload);
        let pods = self.pods_of(workload, end).await;
        let pods = pods.map_err(|refusal| failed_to("list the Pods of", &whose, &refusal))?;
        let Some(pod) = pods.iter().find(|pod| is_ready(pod)) else {
            return Ok(None);
        };
        let name = at(pod, "/metadata/name");
        let evicted = self.evict(pod, end).await;
        evicted.map_err(|refusal| failed_to("evict a Pod of", &whose, &refusal))?;
        Ok(Some(name.to_owned()))
    }
}
