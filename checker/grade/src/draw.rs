//! What a seed picks: numbers that depend on the seed and on what they are for, and on nothing else.
//!
//! The n-th number of a purpose is the first eight bytes, little-endian, of SHA-256 over
//! `labctl draw 1`, the seed (eight bytes, little-endian), each part of the purpose after its length (eight bytes, little-endian), and n (eight bytes, little-endian,
//! from 0). A number below a limit is the first of them that is under the greatest multiple of the limit, modulo the limit.
//! So a pick is the same on every machine and in every version, and a purpose added changes no other. Changing this
//! changes every lab of every seed that is written down somewhere: a test pins it.

use sha2::{Digest, Sha256};

/// A row of numbers for one purpose.
#[derive(Debug, Clone)]
pub(crate) struct Draw {
    purpose: Sha256,
    next: u64,
}

impl Draw {
    /// The numbers of this seed for this purpose.
    pub(crate) fn new(seed: u64, purpose: &[&str]) -> Self {
        let mut hash = Sha256::new();
        hash.update(b"labctl draw 1");
        hash.update(seed.to_le_bytes());
        for part in purpose {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part.as_bytes());
        }
        Self {
            purpose: hash,
            next: 0,
        }
    }

    /// The next number.
    pub(crate) fn number(&mut self) -> u64 {
        let mut hash = self.purpose.clone();
        hash.update(self.next.to_le_bytes());
        self.next += 1;
        let digest = hash.finalize();
        digest
            .iter()
            .take(8)
            .rev()
            .fold(0, |number, byte| (number << 8) | u64::from(*byte))
    }

    /// The next number below a limit, each equally likely. Below 0 there is none: 0.
    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        if limit == 0 {
            return 0;
        }
        let unfair = u64::MAX - (u64::MAX % limit);
        loop {
            let number = self.number();
            if number < unfair {
                return number % limit;
            }
        }
    }

    /// A place in a list of this length.
    pub(crate) fn index(&mut self, length: usize) -> usize {
        usize::try_from(self.below(length as u64)).unwrap_or_default()
    }

    /// So many of these, in random order, each at most once.
    pub(crate) fn some<T: Clone>(&mut self, from: &[T], count: usize) -> Vec<T> {
        let mut left = from.to_vec();
        (0..count.min(from.len()))
            .map(|_| left.remove(self.index(left.len())))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Never change these: seeds are written down in classrooms and in results.
    #[test]
    fn the_numbers_of_a_seed_never_change() {
        let mut draw = Draw::new(
            7,
            &["parameter", "pending-pod", "missing-toleration", "replicas"],
        );
        assert_eq!(
            [draw.number(), draw.number(), draw.number()],
            [
                1_368_021_959_631_904_732,
                9_708_120_602_984_458_023,
                17_499_555_468_603_339_746
            ]
        );
        let mut draw = Draw::new(u64::MAX, &[]);
        assert_eq!(
            (0..12).map(|_| draw.below(10)).collect::<Vec<_>>(),
            [2, 6, 7, 2, 4, 9, 4, 1, 9, 0, 6, 8]
        );
    }

    #[test]
    fn parts_of_a_purpose_do_not_run_together() {
        let first = |purpose: &[&str]| Draw::new(1, purpose).number();
        assert_ne!(first(&["ab", "c"]), first(&["a", "bc"]));
        assert_ne!(first(&["a", ""]), first(&["a"]));
    }

    #[test]
    fn below_reaches_everything_under_the_limit_about_equally_often() {
        let mut counts = [0_u32; 6];
        for seed in 0..6000 {
            counts[Draw::new(seed, &["die"]).index(6)] += 1;
        }
        assert!(
            counts.iter().all(|count| (900..1100).contains(count)),
            "{counts:?}"
        );
        assert_eq!(Draw::new(1, &[]).below(0), 0);
        assert_eq!(Draw::new(1, &[]).below(1), 0);
    }

    #[test]
    fn some_are_different_and_from_the_list() {
        for seed in 0..100 {
            let mut picked = Draw::new(seed, &["some"]).some(&[1, 2, 3, 4, 5], 3);
            assert_eq!(picked.len(), 3);
            picked.sort_unstable();
            picked.dedup();
            assert!(
                picked.len() == 3 && picked.iter().all(|number| (1..=5).contains(number)),
                "{picked:?}"
            );
        }
        assert_eq!(Draw::new(1, &["some"]).some(&[1, 2], 9).len(), 2);
    }
}
