//! Pages of lists: `Limit`, `Marker`, `Truncated`, `NextMarker`.

use crate::KmsError;
use crate::view::Ordered;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use std::ops::Bound;
use std::sync::Arc;

/// One page of a list.
#[derive(Debug)]
pub(crate) struct Page<T> {
    /// The items.
    pub(crate) items: Vec<T>,
    /// Where the next page starts; `None` on the last page.
    pub(crate) next: Option<String>,
}

impl<T> Page<T> {
    /// `Truncated`.
    #[must_use]
    pub(crate) fn is_truncated(&self) -> bool {
        self.next.is_some()
    }
}

/// A page of what is given in the order of its keys, which are unique. `list` names the list: a
/// marker of another one is invalid.
///
/// # Errors
/// `InvalidMarkerException`
pub(crate) fn of<T>(
    list: &str,
    all: impl IntoIterator<Item = T>,
    key: impl Fn(&T) -> String,
    limit: Option<i32>,
    default: usize,
    marker: Option<&str>,
) -> Result<Page<T>, KmsError> {
    let size = limit
        .and_then(|limit| usize::try_from(limit).ok())
        .filter(|limit| *limit > 0)
        .unwrap_or(default);
    let after = marker.map(|marker| read(list, marker)).transpose()?;
    let mut rest = all.into_iter().filter(|item| {
        after
            .as_deref()
            .is_none_or(|after| key(item).as_str() > after)
    });
    let items: Vec<T> = rest.by_ref().take(size).collect();
    let next = match (rest.next(), items.last()) {
        (Some(_), Some(last)) => Some(URL_SAFE_NO_PAD.encode(format!("{list}\0{}", key(last)))),
        _ => None,
    };
    Ok(Page { items, next })
}

/// As [`of`], of what is kept in the order of its names: what comes before the page is not looked at.
///
/// # Errors
/// `InvalidMarkerException`
pub(crate) fn ordered<V: Clone>(
    list: &str,
    all: Option<&Ordered<V>>,
    limit: Option<i32>,
    default: usize,
    marker: Option<&str>,
) -> Result<Page<(Arc<str>, V)>, KmsError> {
    let start = match marker {
        Some(marker) => Bound::Excluded(Arc::from(read(list, marker)?)),
        None => Bound::Unbounded,
    };
    let rest = all.into_iter().flat_map(|all| {
        let range = all.range::<_, Arc<str>>((start.clone(), Bound::Unbounded));
        range.map(|(name, view)| (Arc::clone(name), view.clone()))
    });
    of(
        list,
        rest,
        |(name, _)| name.to_string(),
        limit,
        default,
        None,
    )
}

fn read(list: &str, marker: &str) -> Result<String, KmsError> {
    let content = URL_SAFE_NO_PAD
        .decode(marker)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok());
    match content.as_deref().and_then(|text| text.split_once('\0')) {
        Some((of, key)) if of == list => Ok(key.to_owned()),
        _ => Err(KmsError::InvalidMarker("The marker is invalid.".to_owned())),
    }
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
            let page = of(
                "a",
                list.clone(),
                u32::to_string,
                Some(3),
                10,
                marker.as_deref(),
            )
            .unwrap();
            seen.extend(page.items.iter().copied());
            marker = page.next;
            if marker.is_none() {
                break;
            }
        }
        assert_eq!(seen, list);
    }

    #[test]
    fn pages_of_what_is_in_order_cover_it_once() {
        let all: Ordered<u32> = (0..7_u32)
            .map(|number| (Arc::from(number.to_string()), number))
            .collect();
        let page = |marker: Option<&str>| ordered("a", Some(&all), Some(3), 10, marker).unwrap();
        let first = page(None);
        let second = page(first.next.as_deref());
        let third = page(second.next.as_deref());
        let seen = [first.items, second.items, third.items].concat();
        assert!(seen.into_iter().map(|(_, number)| number).eq(0..7));
        assert_eq!(third.next, None);
        assert!(
            ordered::<u32>("a", None, None, 10, None)
                .unwrap()
                .items
                .is_empty()
        );
        assert!(ordered("b", Some(&all), None, 10, second.next.as_deref()).is_err());
    }

    #[test]
    fn a_marker_of_another_list_is_refused() {
        let page = of("a", 0..7, u32::to_string, Some(3), 10, None).unwrap();
        let marker = page.next.unwrap();
        assert!(of("b", 0..7, u32::to_string, Some(3), 10, Some(&marker)).is_err());
        assert!(of("b", 0..7, u32::to_string, Some(3), 10, Some("x")).is_err());
    }
}
