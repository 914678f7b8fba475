//! Resources: whether their ARNs can exist, and whether the statement's actions work on them.

use std::collections::HashSet;
use std::ops::Range;

use policy::{Spanned, Statement};

use crate::action::{Actions, covered};
use crate::code::Code;
use crate::finding::Report;
use crate::pattern;

/// Reports resources that cannot exist, that no action works on, or that are said twice.
pub(crate) fn check(statement: &Statement, actions: &Actions, report: &mut Report) {
    let Some(texts) = &statement.resource else {
        return;
    };
    for resource in &texts.values {
        form(resource, report);
    }
    redundant(&texts.values, report);
    let everything = texts.values.iter().any(|text| all_stars(&text.value));
    if !texts.negated && !everything && actions.complete && !actions.known.is_empty() {
        effects(statement, &texts.values, actions, report);
    }
}

fn all_stars(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte == b'*')
}

/// The parts of an ARN that are known to be impossible.
fn form(resource: &Spanned<String>, report: &mut Report) {
    let segments: Vec<&str> = resource.value.splitn(6, ':').collect();
    let [_, _, service, region, account, _] = *segments else {
        return;
    };
    let open = |text: &str| text.is_empty() || pattern::has_wildcards(text) || text.contains("${");
    if service.bytes().any(|byte| byte.is_ascii_uppercase()) {
        let message = format!("the service {service:?} of an ARN is written in lower case");
        let help = format!("write {}", service.to_lowercase());
        report.add_with_help(Code::InvalidArnServiceCase, &resource.span, message, help);
    }
    if !open(region) && !catalog::is_region(region) {
        let message = format!("there is no region {region}");
        report.add(Code::InvalidArnRegion, &resource.span, message);
    }
    let digits = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
    // Resources that AWS owns have names instead of numbers.
    let owned = account.starts_with("aws")
        || matches!(account, "amazon" | "cloudfront" | "third-party" | "system");
    if !open(account) && !digits && !owned {
        let message = format!("{account:?} is no account: accounts are twelve digits");
        report.add(Code::InvalidArnAccount, &resource.span, message);
    }
    for (element, name) in [
        (service, "service"),
        (region, "region"),
        (account, "account"),
    ] {
        if element.contains("${") {
            let message = format!("the {name} of a resource takes no policy variable");
            let help = "variables stand in the part after the fifth colon";
            report.add_with_help(
                Code::VariableUnsupportedInElement,
                &resource.span,
                message,
                help,
            );
        }
    }
}

fn redundant(resources: &[Spanned<String>], report: &mut Report) {
    // A `*` of an ARN ends at its colon: only segments of one ARN can be compared with those of the other.
    let texts: Vec<String> = resources.iter().map(|text| text.value.clone()).collect();
    for (place, covering) in covered(&texts) {
        let (Some(resource), Some(by)) = (resources.get(place), resources.get(covering)) else {
            continue;
        };
        let same = resource.value == by.value;
        if !same && !all_stars(&by.value) && !segments_cover(&by.value, &resource.value) {
            continue;
        }
        let message = if same {
            format!("{} is in the list twice", resource.value)
        } else {
            format!("{} is covered by {}", resource.value, by.value)
        };
        report.add_with_help(
            Code::RedundantResource,
            &resource.span,
            message,
            "leave it out",
        );
    }
}

fn segments_cover(general: &str, special: &str) -> bool {
    let cut = |text: &str| -> Vec<String> { text.splitn(6, ':').map(str::to_owned).collect() };
    let (general, special) = (cut(general), cut(special));
    general.len() == special.len()
        && general
            .iter()
            .zip(&special)
            .all(|(one, two)| pattern::covers(one, two))
}

/// The types of resources that the actions work on.
struct Types {
    patterns: Vec<&'static str>,
}

impl Types {
    fn of(actions: &[&'static catalog::Action]) -> Self {
        let mut seen = HashSet::new();
        let uses = actions.iter().flat_map(|action| action.resource_types);
        let patterns = uses
            .map(|used| used.resource_type.arn_pattern)
            .filter(|arn| seen.insert(*arn))
            .collect();
        Self { patterns }
    }

    /// Whether some resource of one of the types fits.
    fn fit(&self, resource: &str) -> bool {
        let wanted = segments(resource);
        self.patterns.iter().any(|arn| {
            segments(arn)
                .iter()
                .zip(&wanted)
                .all(|(one, two)| pattern::meet(one, two))
        })
    }

    fn help(&self) -> String {
        let shown: Vec<&str> = self.patterns.iter().copied().take(3).collect();
        match (shown.is_empty(), self.patterns.len() > shown.len()) {
            (true, _) => "these actions work on no single resource: write \"*\"".to_owned(),
            (false, true) => format!("its actions work on {} and others", shown.join(", ")),
            (false, false) => format!("its actions work on {}", shown.join(", ")),
        }
    }
}

/// Six segments, any text in place of variables and of segments that are not there.
fn segments(arn: &str) -> [String; 6] {
    let plain = pattern::without_variables(arn);
    let mut parts = plain.splitn(6, ':');
    std::array::from_fn(|_| parts.next().unwrap_or("*").to_owned())
}

fn effects(
    statement: &Statement,
    resources: &[Spanned<String>],
    actions: &Actions,
    report: &mut Report,
) {
    let types = Types::of(&actions.known);
    let mut useless = 0;
    for resource in resources {
        if !types.fit(&resource.value) {
            useless += 1;
            let message = format!("no action of the statement works on {}", resource.value);
            report.add_with_help(
                Code::ResourceWithoutAction,
                &resource.span,
                message,
                types.help(),
            );
        }
    }
    if useless == resources.len() {
        return;
    }
    for (place, action) in &actions.written {
        let own = Types::of(&[*action]);
        if !resources.iter().any(|resource| own.fit(&resource.value)) {
            let name = action.qualified_name();
            let message = format!("{name} works on none of the statement's resources");
            let span = action_span(statement, *place);
            report.add_with_help(Code::ActionWithoutResource, &span, message, own.help());
        }
    }
}

fn action_span(statement: &Statement, place: usize) -> Range<usize> {
    let action = statement
        .action
        .as_ref()
        .and_then(|texts| texts.values.get(place));
    action.map_or_else(|| statement.span.clone(), |action| action.span.clone())
}
