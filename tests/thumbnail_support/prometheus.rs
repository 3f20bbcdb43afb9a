//! Prometheus's text format, read as strictly as its own checker does.

use std::collections::{BTreeMap, BTreeSet};

/// The samples of a scrape by name and labels as written.
///
/// # Panics
/// When the text is not what Prometheus takes: a sample without help and type
/// above it, one that comes twice, a number that is none, a counter not called
/// `_total`, buckets that go down or whose last is not the count.
pub fn samples(text: &str) -> BTreeMap<String, f64> {
    assert!(text.ends_with('\n'), "the last line has no end");
    let mut types = BTreeMap::new();
    let mut helped = BTreeSet::new();
    let mut samples: BTreeMap<String, f64> = BTreeMap::new();
    let mut buckets: BTreeMap<String, f64> = BTreeMap::new();
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            let (name, help) = rest.split_once(' ').unwrap();
            assert!(help.ends_with('.') && helped.insert(name), "{line}");
        } else if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').unwrap();
            assert!(helped.contains(name), "{line} has no help");
            assert_eq!(name.ends_with("_total"), kind == "counter", "{line}");
            assert!(types.insert(name, kind).is_none(), "{line} comes twice");
        } else {
            let (key, value) = line.rsplit_once(' ').unwrap();
            let value: f64 = value.parse().unwrap();
            let name = key.split('{').next().unwrap();
            let family = ["_bucket", "_sum", "_count"]
                .iter()
                .filter_map(|part| name.strip_suffix(part))
                .find(|family| types.get(family) == Some(&"histogram"))
                .unwrap_or(name);
            assert!(types.contains_key(family), "{line} has no type");
            if let Some((labels, _)) = key.split_once(",le=") {
                let labels = labels.replace("_bucket{", "_count{") + "}";
                let below = buckets.insert(labels, value).unwrap_or_default();
                assert!(value >= below, "{line} goes down");
            }
            assert!(samples.insert(key.to_owned(), value).is_none(), "{line}");
        }
    }
    for (count, last) in buckets {
        assert_eq!(samples.get(&count), Some(&last), "{count}");
    }
    samples
}
