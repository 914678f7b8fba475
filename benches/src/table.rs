//! The table of budgets.

use std::fmt::Write as _;
use std::io::Write as _;

/// One budget and what became of it.
struct Row {
    budget: String,
    figure: String,
    peer: String,
    ratio: String,
    kept: Option<bool>,
}

/// Budgets in the order in which they were measured.
#[derive(Default)]
pub(crate) struct Table(Vec<Row>);

impl Table {
    /// Adds a budget with its figure, what it is compared with, and whether it is kept.
    pub(crate) fn budget(
        &mut self,
        budget: &str,
        figure: String,
        peer: String,
        ratio: Option<f64>,
        kept: bool,
    ) {
        self.row(budget, figure, peer, ratio, Some(kept));
    }

    /// Adds a figure that no budget limits.
    pub(crate) fn note(&mut self, name: &str, figure: String, peer: String) {
        self.row(name, figure, peer, None, None);
    }

    fn row(
        &mut self,
        budget: &str,
        figure: String,
        peer: String,
        ratio: Option<f64>,
        kept: Option<bool>,
    ) {
        let ratio = ratio.map(|ratio| format!("{ratio:.2}")).unwrap_or_default();
        self.0.push(Row {
            budget: budget.to_owned(),
            figure,
            peer,
            ratio,
            kept,
        });
    }

    /// Prints all rows.
    pub(crate) fn print(&self) -> anyhow::Result<()> {
        let mut text = format!(
            "\n{:<52} {:>24} {:>32} {:>7}  {}\n",
            "budget", "figure", "peer or floor", "ratio", "mark"
        );
        for row in &self.0 {
            let mark = match row.kept {
                Some(true) => "pass",
                Some(false) => "FAIL",
                None => "",
            };
            writeln!(
                text,
                "{:<52} {:>24} {:>32} {:>7}  {mark}",
                row.budget, row.figure, row.peer, row.ratio
            )?;
        }
        std::io::stdout().lock().write_all(text.as_bytes())?;
        Ok(())
    }
}

/// The middle of some values; 0 of none.
pub(crate) fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}
