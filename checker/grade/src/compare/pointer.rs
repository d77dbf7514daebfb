//! JSON pointers whose segment `*` stands for any one segment. Knows paths, no values.

/// A set of pointers.
pub(super) struct Pointers(Vec<Vec<String>>);

/// Where a path is, seen from a set of pointers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Relation {
    /// A pointer points to it or to something it is part of.
    Inside,
    /// A pointer points to a part of it.
    Above,
    /// Neither.
    Outside,
}

impl Pointers {
    pub(super) fn new(pointers: &[&str]) -> Self {
        Self(pointers.iter().map(|it| segments(it)).collect())
    }

    pub(super) fn relation(&self, path: &[String]) -> Relation {
        let agrees = |pointer: &&Vec<String>| {
            pointer
                .iter()
                .zip(path)
                .all(|(wanted, segment)| wanted == "*" || wanted == segment)
        };
        let mut relation = Relation::Outside;
        for pointer in self.0.iter().filter(agrees) {
            if pointer.len() <= path.len() {
                return Relation::Inside;
            }
            relation = Relation::Above;
        }
        relation
    }
}

/// The pointer of a path.
pub(super) fn text(path: &[String]) -> String {
    path.iter().fold(String::new(), |pointer, segment| {
        pointer + "/" + &segment.replace('~', "~0").replace('/', "~1")
    })
}

/// The path of a pointer.
pub(super) fn segments(pointer: &str) -> Vec<String> {
    let segments = pointer.split('/').skip(1);
    segments
        .map(|segment| segment.replace("~1", "/").replace("~0", "~"))
        .collect()
}
