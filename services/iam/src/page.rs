//! Pages of lists: `MaxItems`, `Marker`, `IsTruncated`.

use crate::IamError;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kernel::{Call, Entity};

/// How many items a page has where the request does not say ("MaxItems", IAM API Reference).
const DEFAULT_ITEMS: usize = 100;

/// What the markers of lists at hand say in place of a kind of records: their keys tell whose they are.
const NO_KIND: &str = "";

/// One page of a list.
#[derive(Debug)]
pub struct Page<T> {
    /// The items.
    pub items: Vec<T>,
    /// Where the next page starts; `None` on the last page.
    pub marker: Option<String>,
}

impl<T> Page<T> {
    /// `IsTruncated`.
    #[must_use]
    pub fn is_truncated(&self) -> bool {
        self.marker.is_some()
    }

    /// The same page with other items.
    pub fn map<U>(self, change: impl FnMut(T) -> U) -> Page<U> {
        Page {
            items: self.items.into_iter().map(change).collect(),
            marker: self.marker,
        }
    }
}

/// The page size of a request.
fn size(max_items: Option<i32>) -> usize {
    max_items
        .and_then(|items| usize::try_from(items).ok())
        .filter(|items| *items > 0)
        .unwrap_or(DEFAULT_ITEMS)
}

/// Reads a marker: the list's name and the last key of the page before, in Base64, so that clients see one opaque word.
/// A marker of another list is invalid: it would start this one at a place that nobody chose.
fn read_marker(list: &str, marker: Option<&str>) -> Result<Option<String>, IamError> {
    let Some(text) = marker else { return Ok(None) };
    let content = URL_SAFE_NO_PAD
        .decode(text)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok());
    match content.as_deref().and_then(|text| text.split_once('\0')) {
        Some((of, key)) if of == list && !key.is_empty() && !key.contains('\0') => {
            Ok(Some(key.to_owned()))
        }
        _ => Err(invalid_marker()),
    }
}

fn write_marker(list: &str, key: &str) -> String {
    URL_SAFE_NO_PAD.encode(format!("{list}\0{key}"))
}

fn invalid_marker() -> IamError {
    IamError::Validation("Invalid Marker.".into())
}

/// A page of records whose keys start with `prefix`, of those that `keep` wants.
///
/// # Errors
/// An invalid marker, or the store's failure.
pub fn of_records<T: Entity>(
    call: &mut Call,
    prefix: &str,
    max_items: Option<i32>,
    marker: Option<&str>,
    mut keep: impl FnMut(&T) -> bool,
) -> Result<Page<(String, T)>, IamError> {
    let size = size(max_items);
    let mut after = read_marker(T::KIND, marker)?;
    if after.as_ref().is_some_and(|key| !key.starts_with(prefix)) {
        return Err(invalid_marker());
    }
    let mut items: Vec<(String, T)> = Vec::new();
    loop {
        let wanted = size - items.len() + 1;
        let batch = call.list::<T>(prefix, after.as_deref(), wanted)?;
        let exhausted = batch.len() < wanted;
        for (key, entity) in batch {
            if keep(&entity) {
                if items.len() == size {
                    let marker = items.last().map(|(key, _)| write_marker(T::KIND, key));
                    return Ok(Page { items, marker });
                }
                items.push((key.clone(), entity));
            }
            after = Some(key);
        }
        if exhausted {
            return Ok(Page {
                items,
                marker: None,
            });
        }
    }
}

/// A page of a list that is at hand. Its items must have unique keys, in which order they are given.
///
/// # Errors
/// An invalid marker.
pub fn of_list<T>(
    list: Vec<T>,
    key: impl Fn(&T) -> String,
    max_items: Option<i32>,
    marker: Option<&str>,
) -> Result<Page<T>, IamError> {
    let size = size(max_items);
    let start = match read_marker(NO_KIND, marker)? {
        Some(last) => list
            .iter()
            .position(|item| key(item) == last)
            .map(|position| position + 1)
            .ok_or_else(invalid_marker)?,
        None => 0,
    };
    let remaining = list.len().saturating_sub(start);
    let items: Vec<T> = list.into_iter().skip(start).take(size).collect();
    let marker = if remaining > size {
        items.last().map(|item| write_marker(NO_KIND, &key(item)))
    } else {
        None
    };
    Ok(Page { items, marker })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_cover_a_list_once() {
        let list: Vec<u32> = (0..7).collect();
        let mut seen = Vec::new();
        let mut marker = None;
        loop {
            let page = of_list(list.clone(), u32::to_string, Some(3), marker.as_deref()).unwrap();
            seen.extend(page.items.iter().copied());
            marker = page.marker;
            if marker.is_none() {
                break;
            }
        }
        assert_eq!(seen, list);
    }

    #[test]
    fn a_marker_that_was_not_given_is_refused() {
        for marker in ["x", "zz", "€€", "00", ""] {
            assert!(
                of_list(vec![1], u32::to_string, None, Some(marker)).is_err(),
                "{marker}"
            );
        }
    }
}
