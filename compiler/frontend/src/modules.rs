//! The modules, the files of each, and their order.
//!
//! Modules are ordered by their imports: each after those that it imports, otherwise by name. So
//! the number of a declaration does not depend on the order in which the compiler is given the modules.

use std::collections::{BTreeMap, BTreeSet};

use permit_grammar::ast::{File, Ident};
use permit_grammar::span::{SourceId, Span};

use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::resolve::order;

/// A module's place in the order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ModuleId(u16);

/// The modules of a policy.
#[derive(Debug, Default)]
pub(crate) struct Modules {
    /// Their names, in order.
    names: Vec<String>,
    by_name: BTreeMap<String, ModuleId>,
    by_source: BTreeMap<SourceId, ModuleId>,
}

impl Modules {
    /// The module of a text.
    pub(crate) fn of(&self, source: SourceId) -> Option<ModuleId> {
        self.by_source.get(&source).copied()
    }

    pub(crate) fn named(&self, name: &str) -> Option<ModuleId> {
        self.by_name.get(name).copied()
    }

    pub(crate) fn name(&self, id: ModuleId) -> &str {
        self.names.get(usize::from(id.0)).map_or("", String::as_str)
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }

    /// The name of the last module, which uses others and is used by none: the one that the policy is about.
    pub(crate) fn main(&self) -> Option<&str> {
        self.names.last().map(String::as_str)
    }
}

/// A module's files, and where it uses which other.
#[derive(Debug, Default)]
struct Parts {
    files: Vec<(SourceId, File)>,
    uses: BTreeMap<String, Span>,
}

/// The files in the order in which their declarations count, and the modules that they make. A file that does not say
/// which module it belongs to, which was reported, is taken for one of the first.
pub(crate) fn arrange(texts: Vec<(SourceId, File)>, found: &mut Vec<Diagnostic>) -> (Modules, Vec<File>) {
    let first = texts.iter().find_map(|(_, file)| Some(dotted(&file.module.as_ref()?.path)));
    let mut parts: BTreeMap<String, Parts> = BTreeMap::new();
    for (source, file) in texts {
        let stated = file.module.as_ref().map(|module| dotted(&module.path));
        let name = stated.or_else(|| first.clone()).unwrap_or_default();
        let part = parts.entry(name.clone()).or_default();
        for one in &file.uses {
            let used = dotted(&one.path);
            if used != name {
                part.uses.entry(used).or_insert(one.span);
            }
        }
        part.files.push((source, file));
    }
    let (names, parts): (Vec<String>, Vec<Parts>) = parts.into_iter().unzip();
    let places: BTreeMap<&str, usize> =
        names.iter().enumerate().map(|(at, name)| (name.as_str(), at)).collect();
    let needs: Vec<Vec<usize>> = parts
        .iter()
        .map(|part| part.uses.keys().filter_map(|used| places.get(used.as_str()).copied()).collect())
        .collect();
    for circle in order(&needs).circles {
        found.extend(circular(&names, &parts, &circle));
    }
    numbered(names, parts, &in_order(&needs))
}

fn numbered(names: Vec<String>, parts: Vec<Parts>, order: &[usize]) -> (Modules, Vec<File>) {
    let mut modules = Modules::default();
    let mut files = Vec::new();
    let mut parts: Vec<Option<(String, Parts)>> = names.into_iter().zip(parts).map(Some).collect();
    for (id, &at) in (0..).map(ModuleId).zip(order) {
        let Some((name, part)) = parts.get_mut(at).and_then(Option::take) else { continue };
        for (source, file) in part.files {
            modules.by_source.insert(source, id);
            files.push(file);
        }
        modules.by_name.insert(name.clone(), id);
        modules.names.push(name);
    }
    (modules, files)
}

/// Every place behind those it needs, the smallest first; places of a circle come where nothing else is left.
fn in_order(needs: &[Vec<usize>]) -> Vec<usize> {
    let mut open: Vec<usize> = needs.iter().map(Vec::len).collect();
    let mut users: Vec<Vec<usize>> = vec![Vec::new(); needs.len()];
    for (at, row) in needs.iter().enumerate() {
        for &needed in row {
            if let Some(users) = users.get_mut(needed) {
                users.push(at);
            }
        }
    }
    let mut left: BTreeSet<usize> = (0..needs.len()).collect();
    let mut ready: BTreeSet<usize> = left.iter().copied().filter(|&at| open.get(at) == Some(&0)).collect();
    let mut order = Vec::with_capacity(needs.len());
    while let Some(at) = ready.pop_first().or_else(|| left.first().copied()) {
        left.remove(&at);
        order.push(at);
        for &user in users.get(at).map_or(&[][..], Vec::as_slice) {
            let Some(count) = open.get_mut(user) else { continue };
            *count = count.saturating_sub(1);
            if *count == 0 && left.contains(&user) {
                ready.insert(user);
            }
        }
    }
    order
}

fn circular(names: &[String], parts: &[Parts], circle: &[usize]) -> Option<Diagnostic> {
    let next = circle.iter().cycle().skip(1);
    let edges: Vec<(&str, Span)> = circle
        .iter()
        .zip(next)
        .filter_map(|(&from, &to)| {
            let to = names.get(to)?;
            Some((to.as_str(), *parts.get(from)?.uses.get(to)?))
        })
        .collect();
    let (&(second, at), rest) = edges.split_first()?;
    let name = names.get(*circle.first()?)?;
    let message = format!("module `{name}` imports itself indirectly");
    let mut diagnostic =
        Diagnostic::error(Code::ModuleCircle, at, message, format!("`{name}` imports `{second}`"));
    let mut from = second;
    for (to, span) in rest {
        diagnostic = diagnostic.also(*span, format!("`{from}` imports `{to}`"));
        from = to;
    }
    Some(diagnostic.help("move what both need to a separate module"))
}

/// A module's name as it is written.
pub(crate) fn dotted(path: &[Ident]) -> String {
    let parts: Vec<&str> = path.iter().map(|part| part.value.as_str()).collect();
    parts.join(".")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_used_comes_first_and_else_the_smaller() {
        let cases: [(&[&[usize]], &[usize]); 5] = [
            (&[&[], &[]], &[0, 1]),
            (&[&[1], &[]], &[1, 0]),
            (&[&[2], &[], &[]], &[1, 2, 0]),
            (&[&[1, 2], &[2], &[]], &[2, 1, 0]),
            (&[&[1], &[0], &[], &[2]], &[2, 3, 0, 1]),
        ];
        for (needs, expected) in cases {
            let needs: Vec<Vec<usize>> = needs.iter().map(|row| row.to_vec()).collect();
            assert_eq!(in_order(&needs), expected, "{needs:?}");
        }
    }
}
