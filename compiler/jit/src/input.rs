//! A request as native code reads it. One is kept per thread and used again, so that encoding allocates nothing once it
//! has grown.

use permit_ir::types::{ActionId, ArgId};
use permit_ir::value::{EntityRef, Value};

use crate::layout::{Cell, NO_ENTITY};
use crate::snapshot::{self, Snapshot};
use crate::word::{Region, UNNAMED, collection};

/// An encoded request. What it says it says of one snapshot; held against another, it means nothing.
#[derive(Debug, Default)]
pub struct Input {
    pub(crate) agent: u64,
    pub(crate) resource: u64,
    pub(crate) now: u64,
    action: u16,
    pub(crate) args: Vec<Cell>,
    /// The arguments that are set, to be forgotten without touching the others: a program may have many.
    set: Vec<ArgId>,
    pub(crate) params: Vec<Cell>,
    pub(crate) items: Vec<u64>,
    /// Where in `bytes` the texts that have no symbol end; each begins where the one before it ends.
    ends: Vec<usize>,
    bytes: String,
}

/// What a request is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subjects {
    /// The action.
    pub action: ActionId,
    /// Who acts.
    pub agent: EntityRef,
    /// On what; `None` exactly when the action takes no resource.
    pub resource: Option<EntityRef>,
}

impl Input {
    /// Starts a request: nothing of the one before is left.
    pub fn start(&mut self, args: usize, Subjects { action, agent, resource }: Subjects, now_ms: i64) {
        while let Some(arg) = self.set.pop() {
            if let Some(cell) = self.args.get_mut(arg.index()) {
                *cell = Cell::ABSENT;
            }
        }
        self.args.resize(args, Cell::ABSENT);
        self.params.clear();
        self.items.clear();
        self.ends.clear();
        self.bytes.clear();
        self.action = action.0;
        self.agent = u64::from(agent.0);
        self.resource = resource.map_or(NO_ENTITY, |resource| u64::from(resource.0));
        self.now = now_ms.cast_unsigned();
    }

    /// Sets an argument of the action. A value that native code does not hold is only known to be there.
    pub fn set_arg(&mut self, snapshot: &Snapshot, arg: ArgId, value: &Value) {
        let cell = self.cell(snapshot, value);
        self.set(arg, cell);
    }

    /// Sets an argument to a text.
    pub fn set_text(&mut self, snapshot: &Snapshot, arg: ArgId, text: &str) {
        let cell = Cell::present(self.text_word(snapshot, text));
        self.set(arg, cell);
    }

    /// Sets an argument to a truth value, a number or an entity.
    pub fn set_word(&mut self, arg: ArgId, word: u64) {
        self.set(arg, Cell::present(word));
    }

    fn set(&mut self, arg: ArgId, cell: Cell) {
        if let Some(place) = self.args.get_mut(arg.index()) {
            *place = cell;
            self.set.push(arg);
        }
    }

    /// Sets the parameters of the scope whose conditions come next.
    pub fn set_params(&mut self, snapshot: &Snapshot, params: &[Value]) {
        self.params.clear();
        for param in params {
            let cell = self.cell(snapshot, param);
            self.params.push(cell);
        }
    }

    /// The action.
    #[must_use]
    pub const fn action(&self) -> ActionId {
        ActionId(self.action)
    }

    /// The agent.
    #[must_use]
    pub fn agent(&self) -> usize {
        usize::try_from(self.agent).unwrap_or(usize::MAX)
    }

    /// The resource.
    #[must_use]
    pub fn resource(&self) -> Option<usize> {
        (self.resource != NO_ENTITY).then(|| usize::try_from(self.resource).unwrap_or(usize::MAX))
    }

    /// The word of an argument that is there.
    #[must_use]
    pub fn arg(&self, arg: ArgId) -> Option<u64> {
        self.args.get(arg.index()).filter(|cell| cell.status == crate::layout::PRESENT).map(|cell| cell.word)
    }

    /// The text of a word, if that is a text's.
    #[must_use]
    pub fn text<'t>(&'t self, snapshot: &'t Snapshot, word: u64) -> Option<&'t str> {
        if word & UNNAMED == 0 {
            return snapshot.symbols().text(u32::try_from(word).ok()?);
        }
        let place = usize::try_from(word & !UNNAMED).ok()?;
        let end = *self.ends.get(place)?;
        let start = place.checked_sub(1).map_or(Some(0), |before| self.ends.get(before).copied())?;
        self.bytes.get(start..end)
    }

    /// Whether a word is that of a text that program and facts do not hold.
    #[must_use]
    pub const fn is_unnamed(word: u64) -> bool {
        word & UNNAMED != 0
    }

    fn cell(&mut self, snapshot: &Snapshot, value: &Value) -> Cell {
        match value {
            Value::Absent => Cell::ABSENT,
            Value::Elements(elements) => {
                let start = self.items.len();
                for element in elements.iter() {
                    let word = self.word(snapshot, element);
                    self.items.push(word);
                }
                let word = collection(Region::Request, start, elements.len());
                word.map_or(Cell::present(u64::MAX), Cell::present)
            }
            value => Cell::present(self.word(snapshot, value)),
        }
    }

    fn word(&mut self, snapshot: &Snapshot, value: &Value) -> u64 {
        match value {
            Value::String(text) => self.text_word(snapshot, text),
            value => snapshot::word(snapshot.symbols(), value).unwrap_or(u64::MAX),
        }
    }

    fn text_word(&mut self, snapshot: &Snapshot, text: &str) -> u64 {
        if let Some(symbol) = snapshot.symbols().find(text) {
            return u64::from(symbol);
        }
        let place = u64::try_from(self.ends.len()).unwrap_or(u64::MAX);
        self.bytes.push_str(text);
        self.ends.push(self.bytes.len());
        UNNAMED | place
    }
}
