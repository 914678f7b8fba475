//! A model made ready for writing: every shape has its Rust names, every operation an input
//! and an output, and the questions that cross shapes (recursion, secrets) are answered.

use super::model::{Kind, Model, Operation, Root, Shape};
use super::names::{self, Taken};
use anyhow::{Context, Result, ensure};
use std::collections::{BTreeMap, BTreeSet};

/// A model with names.
pub(crate) struct Api<'a> {
    pub(crate) id: &'a str,
    pub(crate) model: &'a Model,
    pub(crate) shapes: BTreeMap<&'a str, &'a Shape>,
    pub(crate) operations: Vec<NamedOperation<'a>>,
    /// `pub type ALIAS = SHAPE` for roots that several operations share.
    pub(crate) aliases: Vec<(String, String)>,
    types: BTreeMap<&'a str, String>,
    statics: BTreeMap<&'a str, String>,
}

/// An operation with its Rust names.
pub(crate) struct NamedOperation<'a> {
    pub(crate) operation: &'a Operation,
    pub(crate) type_name: String,
    pub(crate) static_name: String,
    pub(crate) input: &'a str,
    pub(crate) output: &'a str,
    pub(crate) input_type: String,
    pub(crate) output_type: String,
}

/// The model with an empty structure for each input and output that it leaves out.
pub(crate) fn complete(mut model: Model) -> Result<Model> {
    for (name, operation) in &mut model.operations.0 {
        for (root, suffix) in [
            (&mut operation.input, "Input"),
            (&mut operation.output, "Output"),
        ] {
            if root.is_none() {
                let shape = format!("{name}{suffix}");
                ensure!(
                    model.shapes.get(&shape).is_none(),
                    "{shape} exists, and {name} does not use it"
                );
                model.shapes.0.push((shape.clone(), Shape::empty()));
                *root = Some(Root {
                    shape,
                    result_wrapper: None,
                });
            }
        }
    }
    Ok(model)
}

impl<'a> Api<'a> {
    /// Names everything in a [`complete`] model.
    pub(crate) fn new(id: &'a str, model: &'a Model) -> Result<Self> {
        let mut api = Self {
            id,
            model,
            shapes: model.shapes.iter().collect(),
            operations: Vec::new(),
            aliases: Vec::new(),
            types: BTreeMap::new(),
            statics: BTreeMap::new(),
        };
        api.check_references()?;
        api.name_operations()?;
        api.name_types()?;
        let mut taken = Taken::default();
        for (name, _) in model.shapes.iter() {
            api.statics
                .insert(name, taken.take(names::static_name(name)));
        }
        Ok(api)
    }

    fn check_references(&self) -> Result<()> {
        for (name, shape) in &self.shapes {
            for target in shape.references() {
                self.shape(target).with_context(|| name.to_string())?;
            }
        }
        Ok(())
    }

    fn name_operations(&mut self) -> Result<()> {
        let mut statics = Taken::new(&["SERVICE", "OPERATIONS", "UNSERVED"]);
        for (name, operation) in self.model.operations.iter() {
            let type_name = names::type_name(name);
            let input = operation
                .input
                .as_ref()
                .context("a completed model has inputs")?;
            let output = operation
                .output
                .as_ref()
                .context("a completed model has outputs")?;
            self.operations.push(NamedOperation {
                operation,
                static_name: statics.take(names::static_name(name)),
                input: &input.shape,
                output: &output.shape,
                input_type: format!("{type_name}Input"),
                output_type: format!("{type_name}Output"),
                type_name,
            });
        }
        Ok(())
    }

    /// Roots of one operation are named after it; everything else keeps its own name.
    fn name_types(&mut self) -> Result<()> {
        let mut uses: BTreeMap<&str, u32> = BTreeMap::new();
        let roots = self
            .operations
            .iter()
            .flat_map(|operation| [operation.input, operation.output]);
        let nested = self.shapes.values().flat_map(|shape| shape.references());
        for name in roots.chain(nested) {
            *uses.entry(name).or_default() += 1;
        }
        let mut taken = Taken::new(names::RESERVED_TYPES);
        let mut shared = Vec::new();
        for operation in &self.operations {
            for (shape, wanted) in [
                (operation.input, &operation.input_type),
                (operation.output, &operation.output_type),
            ] {
                ensure!(
                    taken.take(wanted.clone()) == *wanted,
                    "two types want the name {wanted}"
                );
                if uses.get(shape) == Some(&1) || names::type_name(shape) == *wanted {
                    self.types.insert(shape, wanted.clone());
                } else {
                    shared.push((wanted.clone(), shape));
                }
            }
        }
        for name in self.reached() {
            let shape = self.shape(name)?;
            if (shape.is_struct() || shape.is_enum()) && !self.types.contains_key(name) {
                self.types.insert(name, taken.take(names::type_name(name)));
            }
        }
        for (alias, shape) in shared {
            self.aliases
                .push((alias, self.type_name(shape)?.to_owned()));
        }
        Ok(())
    }

    /// The shapes that inputs and outputs reach, in the model's order. Errors are not among
    /// them: services have an error type of their own.
    pub(crate) fn reached(&self) -> Vec<&'a str> {
        let mut reached = BTreeSet::new();
        let mut open: Vec<&str> = self
            .operations
            .iter()
            .flat_map(|operation| [operation.input, operation.output])
            .collect();
        while let Some(name) = open.pop() {
            if let Some(shape) = self.shapes.get(name).filter(|_| reached.insert(name)) {
                open.extend(shape.references());
            }
        }
        self.model
            .shapes
            .iter()
            .map(|(name, _)| name)
            .filter(|name| reached.contains(name))
            .collect()
    }

    pub(crate) fn shape(&self, name: &str) -> Result<&'a Shape> {
        self.shapes
            .get(name)
            .copied()
            .with_context(|| format!("no shape {name}"))
    }

    pub(crate) fn type_name(&self, shape: &str) -> Result<&str> {
        self.types
            .get(shape)
            .map(String::as_str)
            .with_context(|| format!("{shape} has no type"))
    }

    pub(crate) fn static_name(&self, shape: &str) -> Result<&str> {
        self.statics
            .get(shape)
            .map(String::as_str)
            .with_context(|| format!("{shape} has no static"))
    }

    /// Whether a value of the shape can hold something that must never be printed.
    pub(crate) fn is_secret(&self, name: &str) -> bool {
        self.reaches(name, |_| true, |shape| shape.sensitive)
    }

    /// Whether the structure `target` holds `holder` by value, so that the field must be boxed.
    pub(crate) fn is_recursive(&self, holder: &str, target: &str) -> bool {
        let holder = self.shapes.get(holder).copied();
        self.reaches(target, Shape::is_struct, |shape| {
            holder.is_some_and(|holder| std::ptr::eq(holder, shape))
        })
    }

    /// Whether a shape for which `is_goal` holds can be reached over shapes that `may_pass`.
    fn reaches(
        &self,
        start: &str,
        may_pass: impl Fn(&Shape) -> bool,
        is_goal: impl Fn(&Shape) -> bool,
    ) -> bool {
        let mut seen = BTreeSet::new();
        let mut open = vec![start];
        while let Some(name) = open.pop() {
            let Some((&name, &shape)) = self.shapes.get_key_value(name) else {
                continue;
            };
            if !may_pass(shape) || !seen.insert(name) {
                continue;
            }
            if is_goal(shape) {
                return true;
            }
            open.extend(shape.references());
        }
        false
    }

    /// Whether the shape's Rust type has a default: everything but enumerations and structures
    /// that require one.
    pub(crate) fn has_default(&self, name: &str) -> bool {
        let Some(shape) = self.shapes.get(name) else {
            return false;
        };
        let required = |name: &str| shape.required.iter().any(|required| required == name);
        match shape.kind {
            Kind::Structure if shape.is_struct() => shape
                .members
                .iter()
                .filter(|(member, _)| required(member))
                .all(|(_, member)| self.has_default(&member.shape)),
            _ => !shape.is_enum(),
        }
    }
}
