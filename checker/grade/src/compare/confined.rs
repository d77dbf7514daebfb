//! Whether a Pod template confines its containers as much as it did: by what counts for each of them, on whichever level it is written.
//!
//! Knows the fields of Kubernetes' security contexts, no check and no lab.

use serde_json::Value;

use crate::fields;

use super::pointer;

const POD: &str = "/spec/template/spec";
const CONTAINERS: [&str; 2] = ["initContainers", "containers"];

/// Of whom a volume's files are, which confines nobody.
const OF_VOLUMES: [&str; 3] = ["fsGroup", "fsGroupChangePolicy", "supplementalGroups"];

/// Whether a pointer into a workload leads to a security context, or into one.
pub(crate) fn is_about(path: &str) -> bool {
    let Some(path) = path.strip_prefix(POD) else {
        return false;
    };
    let path = pointer::segments(path);
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    match path.as_slice() {
        ["securityContext", ..] => true,
        [list, _, "securityContext", ..] => CONTAINERS.contains(list),
        _ => false,
    }
}

/// Whether each container of a workload may do no more than it might, and a new one no more than the first.
pub(crate) fn is_kept(before: &Value, after: &Value) -> bool {
    let [old, new] = [before, after].map(|it| it.pointer(POD).unwrap_or(&Value::Null));
    containers(new).all(|container| {
        let name = fields::name_of_part(container);
        let like = containers(old).find(|it| fields::name_of_part(it) == name);
        let like = like.or_else(|| fields::list(old, "/containers").first());
        like.is_some_and(|like| {
            let (was, is) = (Context::of(old, like), Context::of(new, container));
            was.fields()
                .chain(is.fields())
                .all(|field| was.holds(field, &is))
        })
    })
}

fn containers(pod: &Value) -> impl Iterator<Item = &Value> {
    let lists = CONTAINERS.iter();
    lists.flat_map(|list| fields::list(pod, &format!("/{list}")))
}

/// What counts for one container: its own security context, and below it that of its Pod.
struct Context<'v> {
    own: &'v Value,
    pod: &'v Value,
}

impl<'v> Context<'v> {
    fn of(pod: &'v Value, container: &'v Value) -> Self {
        let context = |of: &'v Value| of.get("securityContext").unwrap_or(&Value::Null);
        Self {
            own: context(container),
            pod: context(pod),
        }
    }

    /// The names of all that is set, on either level.
    fn fields(&self) -> impl Iterator<Item = &'v str> + use<'v> {
        let levels = [self.own, self.pod].into_iter();
        let set = levels.filter_map(Value::as_object).flat_map(|it| it.keys());
        set.map(String::as_str)
            .filter(|field| !OF_VOLUMES.contains(field))
    }

    fn get(&self, field: &str) -> &'v Value {
        let own = self.own.get(field).filter(|it| !it.is_null());
        own.or_else(|| self.pod.get(field)).unwrap_or(&Value::Null)
    }

    /// Whether a field confines in `now` as much as here.
    fn holds(&self, field: &str, now: &Self) -> bool {
        let (was, is) = (self.get(field), now.get(field));
        let true_stays = *was != Value::Bool(true) || *is == Value::Bool(true);
        match field {
            "readOnlyRootFilesystem" | "runAsNonRoot" => true_stays,
            "privileged" => *is != Value::Bool(true) || was == is,
            "allowPrivilegeEscalation" => *was != Value::Bool(false) || was == is,
            // Without a number it is the image's to say, which may say root, and may not.
            "runAsUser" | "runAsGroup" => {
                was == is || is_number_but_root(is) || (is.is_null() && !is_number_but_root(was))
            }
            "capabilities" => {
                let all = |of: &'v Value, list: &str| fields::list(of, list);
                let dropped = all(is, "/drop");
                let drops = |it: &Value| dropped.iter().any(|one| one == it || one == "ALL");
                all(was, "/drop").iter().all(drops)
                    && (all(is, "/add").iter()).all(|it| all(was, "/add").contains(it))
            }
            "seccompProfile" | "appArmorProfile" => match fields::text(is, "/type") {
                "Unconfined" => was == is,
                "" => was.is_null() || fields::text(was, "/type") == "Unconfined",
                _ => true,
            },
            _ => was == is,
        }
    }
}

fn is_number_but_root(user: &Value) -> bool {
    user.as_i64().is_some_and(|user| user != 0)
}
