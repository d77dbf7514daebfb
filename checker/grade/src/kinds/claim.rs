//! `claim`: a claim is bound to the volume that it should have.
//!
//! What it asks for is `unchanged`'s to judge, and where its Pods may run `placed`'s.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::{Facts, Kind, Source};
use crate::check::Check;
use crate::diagnostic::Diagnostic;
use crate::document::{Document, Location, Spanned};
use crate::evidence::Evidence;
use crate::fields;
use crate::judge::{Undecided, failed, one, passed, several};
use crate::observation::{ObjectRef, ObjectsRef, Observations, Question};
use crate::scenario::objects;
use crate::verdict::Verdict;

/// What makes, attaches and deletes EBS volumes.
const DRIVER: &str = "ebs.csi.aws.com";

/// A claim is bound to an EBS volume.
#[derive(Debug, Clone, PartialEq)]
pub struct Claim {
    /// The claim.
    pub claim: ObjectRef,
    /// The id of its volume; unset: the one that was made for it.
    pub volume: Option<String>,
}

/// A claim is bound to an EBS volume: to a certain one, or to the one that was made for it, of a class that there is.
#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "Claim")]
#[serde(deny_unknown_fields)]
pub(crate) struct Written {
    /// Where the claim is.
    namespace: Spanned<String>,
    /// Its name.
    name: Spanned<String>,
    /// The id of the EBS volume that it must be bound to. Unset: to the one that was made for it, and its class must be there.
    volume: Option<String>,
}

impl Kind for Claim {
    type Written = Written;
    const FACTS: Facts = Facts {
        source: Source::Cluster,
        changes: false,
        symptom: true,
    };

    fn read(
        document: &Document<'_>,
        written: &Written,
        _place: Location,
    ) -> Result<Self, Diagnostic> {
        Ok(Self {
            claim: ObjectRef {
                api_version: "v1".to_owned(),
                kind: "PersistentVolumeClaim".to_owned(),
                namespace: Some(objects::not_empty(
                    document,
                    &written.namespace,
                    "namespace",
                )?),
                name: objects::not_empty(document, &written.name, "name")?,
            },
            volume: written.volume.clone(),
        })
    }

    fn questions(&self) -> Vec<Question> {
        vec![
            Question::Object(self.claim.clone()),
            Question::Objects(volumes()),
            Question::Objects(classes()),
        ]
    }

    fn judge(&self, _check: &Check, evidence: &Evidence) -> Result<Verdict, Undecided> {
        let expected = match &self.volume {
            None => "a claim that is bound to an EBS volume of its own, of a class that there is"
                .to_owned(),
            Some(volume) => format!("a claim that is bound to volume {volume}"),
        };
        Ok(match self.fault(&evidence.observed)? {
            None => passed(),
            Some(found) => failed(expected, found),
        })
    }
}

impl Claim {
    fn fault(&self, observed: &Observations) -> Result<Option<String>, Undecided> {
        let Some(claim) = one(observed, &self.claim)? else {
            return Ok(Some("the claim is gone".to_owned()));
        };
        let volumes = several(observed, &volumes())?;
        let classes = several(observed, &classes())?;
        let name = fields::text(claim, "/spec/volumeName");
        if name.is_empty() {
            return Ok(Some("the claim is bound to no volume".to_owned()));
        }
        let bound = format!("the claim is bound to PersistentVolume {name}");
        let Some(volume) = volumes.iter().find(|volume| fields::name(volume) == name) else {
            return Ok(Some(format!("{bound}, which is not there")));
        };
        if !self.is_its(volume) {
            return Ok(Some(format!("{bound}, which is another claim's")));
        }
        if fields::text(volume, "/spec/csi/driver") != DRIVER {
            return Ok(Some(format!("{bound}, which is no EBS volume")));
        }
        let id = fields::text(volume, "/spec/csi/volumeHandle");
        let class = fields::text(claim, "/spec/storageClassName");
        let found = match &self.volume {
            Some(wanted) if wanted == id => None,
            Some(_) => Some(format!("{bound}, volume {id}")),
            // So the provisioner calls what it makes.
            None if name != format!("pvc-{}", fields::text(claim, "/metadata/uid")) => {
                Some(format!("{bound}, volume {id}, which was not made for it"))
            }
            None if classes.iter().all(|it| fields::name(it) != class) => {
                Some(format!("the claim's class `{class}` does not exist"))
            }
            None => None,
        };
        Ok(found)
    }

    fn is_its(&self, volume: &Value) -> bool {
        fields::text(volume, "/spec/claimRef/name") == self.claim.name
            && Some(fields::text(volume, "/spec/claimRef/namespace"))
                == self.claim.namespace.as_deref()
    }
}

fn volumes() -> ObjectsRef {
    ObjectsRef::all("v1", "PersistentVolume")
}

fn classes() -> ObjectsRef {
    ObjectsRef::all("storage.k8s.io/v1", "StorageClass")
}
