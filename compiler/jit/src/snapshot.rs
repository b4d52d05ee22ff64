//! Facts as native code reads them: for each entity its type, the words of its attributes, and its ancestors.

use std::sync::Arc;

use permit_ir::facts::{Entity, Facts};
use permit_ir::program::Program;
use permit_ir::types::EntityTypeId;
use permit_ir::value::{EntityRef, Value};

use crate::layout::{Cell, Head, KNOWN, MANY};
use crate::symbols::Symbols;
use crate::word::{Kind, Region, collection};

/// A snapshot of facts, encoded.
#[derive(Debug)]
pub struct Snapshot {
    pub(crate) heads: Box<[Head]>,
    pub(crate) cells: Box<[Cell]>,
    pub(crate) ancestors: Box<[u32]>,
    items: Box<[u64]>,
    /// How many attributes an entity of each type has.
    fields: Box<[usize]>,
    symbols: Symbols,
    facts: Arc<Facts>,
}

impl Snapshot {
    /// Encodes facts that were made for the program. `more` texts get symbols beside those of program and facts.
    pub fn new(program: &Program, facts: Arc<Facts>, more: &[&str]) -> Self {
        let symbols = Symbols::new(program, &facts, more);
        let (cells, ancestors, items) = (Vec::new(), Vec::new(), Vec::new());
        let mut encoder = Encoder { program, symbols: &symbols, cells, ancestors, items };
        let heads = facts.entities().iter().map(|entity| encoder.head(entity)).collect();
        let Encoder { cells, ancestors, items, .. } = encoder;
        let fields = program.entities.iter().map(|ty| ty.fields.len()).collect();
        let (cells, ancestors, items) = (cells.into(), ancestors.into(), items.into());
        Self { heads, cells, ancestors, items, fields, symbols, facts }
    }

    /// The texts that have symbols.
    #[must_use]
    pub fn symbols(&self) -> &Symbols {
        &self.symbols
    }

    /// The facts that were encoded.
    #[must_use]
    pub fn facts(&self) -> &Arc<Facts> {
        &self.facts
    }

    /// Bytes of memory, the facts themselves aside.
    #[must_use]
    pub fn bytes(&self) -> usize {
        size_of_val(&*self.heads)
            + size_of_val(&*self.cells)
            + size_of_val(&*self.ancestors)
            + size_of_val(&*self.items)
            + self.symbols.bytes()
    }

    pub(crate) fn items(&self) -> &[u64] {
        &self.items
    }

    /// How many attributes a known entity of this type has among the cells.
    pub(crate) fn fields(&self, ty: EntityTypeId) -> usize {
        self.fields.get(ty.index()).copied().unwrap_or(0)
    }

    pub(crate) fn within(&self, entity: u64, ancestor: u64) -> Option<bool> {
        let (entity, ancestor) = (reference(entity)?, reference(ancestor)?);
        Some(self.facts.within(entity, ancestor))
    }
}

fn reference(word: u64) -> Option<EntityRef> {
    u32::try_from(word).ok().map(EntityRef)
}

struct Encoder<'e> {
    program: &'e Program,
    symbols: &'e Symbols,
    cells: Vec<Cell>,
    ancestors: Vec<u32>,
    items: Vec<u64>,
}

impl Encoder<'_> {
    /// An entity whose attributes cannot be encoded counts as unknown, so that the reference evaluator is asked.
    fn head(&mut self, entity: &Entity) -> Head {
        let (cells, items) = (self.cells.len(), self.items.len());
        let is = u32::from(entity.ty.0);
        let (ancestors, ancestor_count) = self.ancestors(entity);
        match u32::try_from(cells).ok().filter(|_| entity.known).zip(self.attributes(entity)) {
            Some((cells, ())) => Head { is: is | KNOWN, cells, ancestors, ancestor_count },
            None => {
                self.cells.truncate(cells);
                self.items.truncate(items);
                Head { is, cells: 0, ancestors, ancestor_count }
            }
        }
    }

    /// Where the entity's ancestors begin, and how many there are; [`MANY`] where native code cannot say.
    fn ancestors(&mut self, entity: &Entity) -> (u32, u32) {
        let first = u32::try_from(self.ancestors.len());
        match (first, u32::try_from(entity.ancestors.len())) {
            (Ok(first), Ok(count)) if count < MANY => {
                self.ancestors.extend(entity.ancestors.iter().map(|ancestor| ancestor.0));
                (first, count)
            }
            _ => (0, MANY),
        }
    }

    fn attributes(&mut self, entity: &Entity) -> Option<()> {
        let declared = self.program.entities.get(entity.ty.index())?;
        if entity.attributes.len() != declared.fields.len() {
            return None;
        }
        for (value, field) in entity.attributes.iter().zip(&declared.fields) {
            let kind = Kind::of(&self.program.fields.get(field.index())?.ty);
            let cell = self.cell(value, kind)?;
            self.cells.push(cell);
        }
        Some(())
    }

    fn cell(&mut self, value: &Value, kind: Kind) -> Option<Cell> {
        Some(match (kind, value) {
            (_, Value::Absent) => Cell::ABSENT,
            // What native code does not hold it does not read, except for whether it is there.
            (Kind::Foreign, _) => Cell::present(0),
            (Kind::Words | Kind::Texts, Value::Elements(elements)) => {
                let start = self.items.len();
                for element in elements.iter() {
                    self.items.push(word(self.symbols, element)?);
                }
                Cell::present(collection(Region::Facts, start, elements.len())?)
            }
            (_, value) => Cell::present(word(self.symbols, value)?),
        })
    }
}

/// The word of a single value; `None` for a text without a symbol, and for what native code does not hold.
pub(crate) fn word(symbols: &Symbols, value: &Value) -> Option<u64> {
    match value {
        Value::Bool(truth) => Some(u64::from(*truth)),
        Value::Number(number) => Some(number.cast_unsigned()),
        Value::Entity(entity) => Some(u64::from(entity.0)),
        Value::String(text) => symbols.find(text).map(u64::from),
        _ => None,
    }
}
