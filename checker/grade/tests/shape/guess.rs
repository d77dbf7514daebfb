//! Tells how much of the variant a program knows from what was seen, by each thing alone and by all together, and how much it would by luck.
//!
//! One thing alone is measured in bits: the mutual information of its value and the variant. All together is a guess: each sample is given the variant of
//! the others that are most like it. What comes out by luck is found by trying: the variants are dealt out at random two hundred times, and the
//! same is computed. A thing tells when its bits are further above the mean of its own deals, in standard deviations, than any thing's were in
//! any deal; so it allows for how many values a thing has and for how many things there are. All together must not be right more often than
//! in its best deal. Chance is one in the number of variants.

use std::collections::{BTreeMap, BTreeSet, HashMap};

/// How often the variants are dealt out.
const DEALS: usize = 200;

/// What was seen of one variant and seed.
#[derive(Clone)]
pub(crate) struct Sample {
    pub(crate) variant: String,
    pub(crate) features: BTreeMap<String, String>,
}

/// What one feature alone tells.
pub(crate) struct Score {
    pub(crate) feature: String,
    /// Of the variant, from 0 to the logarithm of their number.
    pub(crate) bits: f64,
    /// Whether that is more than comes by luck.
    pub(crate) tells: bool,
    /// Each value with the variants that have it.
    pub(crate) values: String,
}

/// How often all together gave the right variant, from 0 to 1.
pub(crate) struct Together {
    pub(crate) right: f64,
    /// The most that came by luck.
    pub(crate) luck: f64,
}

impl Sample {
    pub(crate) fn without(mut self, is_left_out: impl Fn(&str) -> bool) -> Self {
        self.features.retain(|name, _| !is_left_out(name));
        self
    }
}

/// Each feature alone, the most telling first.
pub(crate) fn alone(samples: &[Sample]) -> Vec<Score> {
    let (labels, columns) = numbered(samples);
    let deals = deals(&labels);
    let by_luck = |column: &Vec<usize>| deals.iter().map(|deal| bits(column, deal)).collect();
    let lucky: Vec<Vec<f64>> = columns.iter().map(by_luck).collect();
    let all_lucky = lucky
        .iter()
        .flat_map(|own| own.iter().map(|bits| beyond(*bits, own)));
    let limit = all_lucky.fold(0.0, f64::max);
    let names: BTreeSet<&String> = samples.iter().flat_map(|it| it.features.keys()).collect();
    let of_each = names.iter().zip(&columns).zip(&lucky);
    let scores = of_each.map(|((name, column), lucky)| {
        let bits = bits(column, &labels);
        Score {
            feature: (*name).clone(),
            bits,
            tells: beyond(bits, lucky) > limit,
            values: values(samples, name),
        }
    });
    let mut scores: Vec<Score> = scores.collect();
    scores.sort_by(|one, other| other.bits.total_cmp(&one.bits));
    scores
}

/// How often the samples that are most alike are of the same variant.
pub(crate) fn together(samples: &[Sample]) -> Together {
    let (labels, columns) = numbered(samples);
    let alike = likeness(&columns, labels.len());
    let lucky = deals(&labels);
    let lucky = lucky.iter().map(|deal| right(&alike, deal));
    Together {
        right: right(&alike, &labels),
        luck: lucky.fold(0.0, f64::max),
    }
}

/// The variants dealt out at random, always in the same ways.
fn deals(labels: &[usize]) -> Vec<Vec<usize>> {
    let mut random = 1_u64;
    let mut dealt = labels.to_vec();
    let deal = |_| {
        for last in (1..dealt.len()).rev() {
            random = random
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let other = usize::try_from(random >> 33).unwrap() % (last + 1);
            dealt.swap(last, other);
        }
        dealt.clone()
    };
    (0..DEALS).map(deal).collect()
}

/// How many standard deviations above the mean; none where there is no deviation.
fn beyond(bits: f64, lucky: &[f64]) -> f64 {
    let count = number(lucky.len());
    let mean = lucky.iter().sum::<f64>() / count;
    let variance = lucky.iter().map(|it| (it - mean).powi(2)).sum::<f64>() / count;
    if variance > 1e-12 {
        (bits - mean) / variance.sqrt()
    } else {
        0.0
    }
}

/// Variants and values as numbers, the values feature by feature; 0 is "not there".
fn numbered(samples: &[Sample]) -> (Vec<usize>, Vec<Vec<usize>>) {
    let known: BTreeSet<&str> = samples.iter().map(|it| it.variant.as_str()).collect();
    let label = |it: &Sample| known.iter().position(|name| *name == it.variant).unwrap();
    let names: BTreeSet<&String> = samples.iter().flat_map(|it| it.features.keys()).collect();
    let columns = names.iter().map(|name| {
        let mut seen: HashMap<&str, usize> = HashMap::new();
        let value = |it| {
            let Some(value) = (it as &Sample).features.get(*name) else {
                return 0;
            };
            let next = seen.len() + 1;
            *seen.entry(value).or_insert(next)
        };
        samples.iter().map(value).collect()
    });
    (samples.iter().map(label).collect(), columns.collect())
}

/// The mutual information of a value and the variant.
fn bits(column: &[usize], labels: &[usize]) -> f64 {
    let all = number(labels.len());
    let n_labels = labels.iter().max().unwrap() + 1;
    let mut counts = vec![vec![0.0; n_labels]; column.iter().max().unwrap() + 1];
    let mut of_label = vec![0.0; n_labels];
    for (value, label) in column.iter().zip(labels) {
        counts[*value][*label] += 1.0;
        of_label[*label] += 1.0;
    }
    let of_value = |counts: &Vec<f64>| {
        let sum: f64 = counts.iter().sum();
        let both = counts
            .iter()
            .zip(&of_label)
            .filter(|(count, _)| **count > 0.0);
        both.map(|(count, label)| count / all * (count * all / (sum * label)).log2())
            .sum::<f64>()
    };
    counts.iter().map(of_value).sum()
}

/// Of each sample the others that are most like it.
fn likeness(columns: &[Vec<usize>], n_samples: usize) -> Vec<Vec<usize>> {
    let alike = |one: usize, other: usize| columns.iter().filter(|it| it[one] == it[other]).count();
    (0..n_samples)
        .map(|one| {
            let others = || (0..n_samples).filter(move |other| *other != one);
            let most = others().map(|other| alike(one, other)).max().unwrap();
            others()
                .filter(|other| alike(one, *other) == most)
                .collect()
        })
        .collect()
}

fn right(alike: &[Vec<usize>], labels: &[usize]) -> f64 {
    let right = alike.iter().zip(labels).map(|(others, label)| {
        let same = others.iter().filter(|it| labels[**it] == *label).count();
        number(same) / number(others.len())
    });
    right.sum::<f64>() / number(labels.len())
}

fn values(samples: &[Sample], name: &str) -> String {
    let mut values: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for sample in samples {
        let value = sample
            .features
            .get(name)
            .map_or("not there", String::as_str);
        values.entry(value).or_default().insert(&sample.variant);
    }
    let all = values.into_iter().map(|(value, variants)| {
        let variants: Vec<&str> = variants.into_iter().collect();
        format!("{value} in {}", variants.join(", "))
    });
    all.collect::<Vec<_>>().join("; ")
}

fn number(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap())
}
