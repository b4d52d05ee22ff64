//! From a shape to Cranelift's IR: a loop over rows of constants, which ends at the first row that fits. Every value is
//! a word; an optional one has a second that says whether it is there.
//!
//! An entity's number is compared with how many there are before its head is read, and its type with what the
//! program says before its attributes are. So whatever words the request and the rows hold, native code reads nothing but the
//! frame, the rows, the heads, ancestors, cells of known entities, and arguments and parameters that the caller counted.

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::types::{I8, I64};
use cranelift_codegen::ir::{AbiParam, Block, InstBuilder, MemFlagsData, Signature, Value};
use cranelift_codegen::isa::CallConv;
use cranelift_frontend::FunctionBuilder;
use permit_ir::program::{ArithmeticOp, CompareOp};

use crate::error::JitError;
use crate::layout;
use crate::libcalls::Libcall;
use crate::term::{Term, Test};

/// The signature of a [`ShapeFn`](crate::frame::ShapeFn).
pub(crate) fn signature(call_conv: CallConv) -> Signature {
    words(call_conv, 3)
}

/// Writes the whole function of a shape whose rows have so many constants.
pub(crate) fn function(
    builder: &mut FunctionBuilder<'_>,
    shape: &Term,
    stride: usize,
) -> Result<(), JitError> {
    let call_conv = builder.func.signature.call_conv;
    let (entry, each, body) = (builder.create_block(), builder.create_block(), builder.create_block());
    let (next, found, slow) = (builder.create_block(), builder.create_block(), builder.create_block());
    builder.append_block_params_for_function_params(entry);
    builder.switch_to_block(entry);
    let &[frame, rows, count] = builder.block_params(entry) else {
        return Err(JitError::codegen("a shape takes a frame, rows and their count"));
    };
    let first = builder.ins().iconst(I64, 0);
    builder.ins().jump(each, &[first.into(), rows.into()]);
    let (place, row) = (builder.append_block_param(each, I64), builder.append_block_param(each, I64));
    builder.switch_to_block(each);
    let ended = builder.ins().icmp(IntCC::Equal, place, count);
    builder.ins().brif(ended, found, &[], body, &[]);
    builder.switch_to_block(body);
    let mut emitter = Emitter { builder, call_conv, frame, row, slow };
    let fits = emitter.word(shape)?;
    let builder = emitter.builder;
    builder.ins().brif(fits, found, &[], next, &[]);
    builder.switch_to_block(next);
    let bytes = i64::try_from(stride).ok().and_then(|words| words.checked_mul(layout::WORD_BYTES.into()));
    let bytes = bytes.ok_or_else(|| JitError::codegen("a row is too long"))?;
    let (after, behind) = (builder.ins().iadd_imm_s(place, 1), builder.ins().iadd_imm_s(row, bytes));
    builder.ins().jump(each, &[after.into(), behind.into()]);
    builder.switch_to_block(found);
    builder.ins().return_(&[place]);
    builder.set_cold_block(slow);
    builder.switch_to_block(slow);
    let mark = builder.ins().iconst(I64, layout::SLOW_ROW.cast_signed());
    let answer = builder.ins().bor(place, mark);
    builder.ins().return_(&[answer]);
    builder.seal_all_blocks();
    Ok(())
}

fn words(call_conv: CallConv, count: usize) -> Signature {
    let mut signature = Signature::new(call_conv);
    signature.params.resize(count, AbiParam::new(I64));
    signature.returns.push(AbiParam::new(I64));
    signature
}

/// Frames and rows do not change while native code reads them, and every address in them is good.
fn memory() -> MemFlagsData {
    MemFlagsData::trusted().with_readonly()
}

struct Emitter<'e, 'f> {
    builder: &'e mut FunctionBuilder<'f>,
    call_conv: CallConv,
    frame: Value,
    row: Value,
    slow: Block,
}

/// A value; `present` is 0 or 1, and there exactly if the value is optional.
#[derive(Clone, Copy)]
struct Operand {
    word: Value,
    present: Option<Value>,
}

impl Operand {
    fn optional(self) -> Result<(Value, Value), JitError> {
        let present = self.present.ok_or_else(|| JitError::codegen("a value that is there may be absent"))?;
        Ok((self.word, present))
    }
}

impl Emitter<'_, '_> {
    fn number(&mut self, number: u64) -> Value {
        self.builder.ins().iconst(I64, number.cast_signed())
    }

    fn load(&mut self, from: Value, offset: i32) -> Value {
        self.builder.ins().load(I64, memory(), from, offset)
    }

    fn test(&mut self, cond: IntCC, left: Value, right: Value) -> Value {
        let truth = self.builder.ins().icmp(cond, left, right);
        self.builder.ins().uextend(I64, truth)
    }

    /// Leaves for the slow way if the condition holds.
    fn slow_if(&mut self, condition: Value) {
        let next = self.builder.create_block();
        self.builder.ins().brif(condition, self.slow, &[], next, &[]);
        self.builder.switch_to_block(next);
    }

    fn word(&mut self, term: &Term) -> Result<Value, JitError> {
        let operand = self.term(term)?;
        if operand.present.is_some() {
            return Err(JitError::codegen("a value that may be absent is used as if it were there"));
        }
        Ok(operand.word)
    }

    fn term(&mut self, term: &Term) -> Result<Operand, JitError> {
        let word = match term {
            Term::Arg { arg, optional } => return Ok(self.given(layout::FRAME_ARGS, *arg, *optional)),
            Term::Param { place, optional } => {
                return Ok(self.given(layout::FRAME_PARAMS, *place, *optional));
            }
            Term::Attr { of, places, optional } => {
                let of = self.word(of)?;
                return self.attribute(of, places, *optional);
            }
            Term::OptionalAttr { of, places } => return self.optional_attribute(of, places),
            Term::Agent => self.load(self.frame, layout::FRAME_AGENT),
            Term::Resource => self.load(self.frame, layout::FRAME_RESOURCE),
            Term::Now => self.load(self.frame, layout::FRAME_NOW),
            Term::TypeOf(of) => {
                let of = self.word(of)?;
                let is = self.type_of(of);
                self.builder.ins().band_imm_u(is, i64::from(layout::KNOWN - 1))
            }
            Term::Cast(of, types) => {
                let of = self.word(of)?;
                self.cast(of, types)
            }
            Term::True => self.number(layout::YES),
            Term::If(test, a, b) => return self.if_else(test, a, b),
            Term::Select(key, branches) => return self.select(key, branches),
            Term::Constant(place) => self.load(self.row, i32::from(*place) * layout::WORD_BYTES),
            Term::Not(of) => {
                let of = self.word(of)?;
                self.builder.ins().bxor_imm_u(of, 1)
            }
            Term::And(left, right) => self.short_circuit(left, right, layout::NO)?,
            Term::Else(left, right) => self.or_else(left, right)?,
            Term::Or(left, right) => self.short_circuit(left, right, layout::YES)?,
            Term::Compare(op, left, right) => {
                let (left, right) = (self.word(left)?, self.word(right)?);
                self.test(condition(*op), left, right)
            }
            Term::Neg(of) => {
                let of = self.word(of)?;
                let zero = self.number(0);
                self.checked(ArithmeticOp::Sub, zero, of)
            }
            Term::Arithmetic(op, left, right) => {
                let (left, right) = (self.word(left)?, self.word(right)?);
                self.checked(*op, left, right)
            }
            Term::Call(libcall, args) => {
                let args = args.iter().map(|arg| self.word(arg)).collect::<Result<Vec<_>, _>>()?;
                self.call(*libcall, &args)?
            }
            Term::AnyOf { test, left, others } => self.any_of(*test, left, others)?,
            Term::Present(of) => self.term(of)?.optional()?.1,
            Term::Unwrap(of) => {
                let (word, present) = self.term(of)?.optional()?;
                let absent = self.builder.ins().icmp_imm_u(IntCC::Equal, present, 0);
                self.slow_if(absent);
                word
            }
        };
        Ok(Operand { word, present: None })
    }

    /// An argument or a parameter.
    fn given(&mut self, list: i32, place: u16, optional: bool) -> Operand {
        let cells = self.load(self.frame, list);
        self.cell(cells, i32::from(place) * layout::CELL_BYTES, optional)
    }

    /// A cell; one that must hold a value and does not leads to the slow way.
    fn cell(&mut self, cells: Value, at: i32, optional: bool) -> Operand {
        let status = self.load(cells, at + layout::CELL_STATUS);
        let word = self.load(cells, at + layout::CELL_WORD);
        if optional {
            return Operand { word, present: Some(status) };
        }
        let absent = self.builder.ins().icmp_imm_u(IntCC::Equal, status, layout::ABSENT.cast_signed());
        self.slow_if(absent);
        Operand { word, present: None }
    }

    /// Where the head of an entity lies.
    fn head(&mut self, entity: Value) -> Value {
        let entities = self.load(self.frame, layout::FRAME_ENTITIES);
        let beyond = self.builder.ins().icmp(IntCC::UnsignedGreaterThanOrEqual, entity, entities);
        self.slow_if(beyond);
        let heads = self.load(self.frame, layout::FRAME_HEADS);
        let offset = self.builder.ins().ishl_imm_u(entity, layout::HEAD_SHIFT);
        self.builder.ins().iadd(heads, offset)
    }

    /// What an entity is: its type, and whether the facts know it.
    fn type_of(&mut self, entity: Value) -> Value {
        let head = self.head(entity);
        self.builder.ins().uload32(memory(), head, layout::HEAD_IS)
    }

    fn cast(&mut self, entity: Value, types: &[u16]) -> Value {
        let is = self.type_of(entity);
        let is = self.builder.ins().band_imm_u(is, i64::from(layout::KNOWN - 1));
        let mut fits = self.builder.ins().iconst(I8, 0);
        for &ty in types {
            let is = self.builder.ins().icmp_imm_u(IntCC::Equal, is, i64::from(ty));
            fits = self.builder.ins().bor(fits, is);
        }
        let other = self.builder.ins().icmp_imm_u(IntCC::Equal, fits, 0);
        self.slow_if(other);
        entity
    }

    /// An attribute of an entity that must be known and of one of these types.
    fn attribute(
        &mut self,
        entity: Value,
        places: &[(u16, u16)],
        optional: bool,
    ) -> Result<Operand, JitError> {
        let head = self.head(entity);
        let is = self.builder.ins().uload32(memory(), head, layout::HEAD_IS);
        let first = self.builder.ins().uload32(memory(), head, layout::HEAD_CELLS);
        let start = self.builder.ins().ishl_imm_u(first, layout::CELL_SHIFT);
        let all = self.load(self.frame, layout::FRAME_CELLS);
        let own = self.builder.ins().iadd(all, start);
        let known = |ty: u16| i64::from(u32::from(ty) | layout::KNOWN);
        if let &[(ty, place)] = places {
            let other = self.builder.ins().icmp_imm_u(IntCC::NotEqual, is, known(ty));
            self.slow_if(other);
            return Ok(self.cell(own, i32::from(place) * layout::CELL_BYTES, optional));
        }
        let mut fits = self.builder.ins().iconst(I8, 0);
        let mut at = self.number(0);
        for &(ty, place) in places {
            let is = self.builder.ins().icmp_imm_u(IntCC::Equal, is, known(ty));
            let bytes = self.builder.ins().iconst(I64, i64::from(place) * i64::from(layout::CELL_BYTES));
            at = self.builder.ins().select(is, bytes, at);
            fits = self.builder.ins().bor(fits, is);
        }
        let other = self.builder.ins().icmp_imm_u(IntCC::Equal, fits, 0);
        self.slow_if(other);
        let cell = self.builder.ins().iadd(own, at);
        Ok(self.cell(cell, 0, optional))
    }

    /// The same of an entity that may be absent, as the attribute then is.
    fn optional_attribute(&mut self, of: &Term, places: &[(u16, u16)]) -> Result<Operand, JitError> {
        let (entity, present) = self.term(of)?.optional()?;
        let (there, done) = (self.builder.create_block(), self.builder.create_block());
        let word = self.builder.append_block_param(done, I64);
        let status = self.builder.append_block_param(done, I64);
        let absent = self.number(layout::ABSENT);
        self.builder.ins().brif(present, there, &[], done, &[absent.into(), absent.into()]);
        self.builder.switch_to_block(there);
        let (found, its) = self.attribute(entity, places, true)?.optional()?;
        self.builder.ins().jump(done, &[found.into(), its.into()]);
        self.builder.switch_to_block(done);
        Ok(Operand { word, present: Some(status) })
    }

    /// `and` and `or`: the left side decides if it is `decided`, else the right side does.
    fn short_circuit(&mut self, left: &Term, right: &Term, decided: u64) -> Result<Value, JitError> {
        let left = self.word(left)?;
        let (rest, done) = (self.builder.create_block(), self.builder.create_block());
        let result = self.builder.append_block_param(done, I64);
        if decided == layout::NO {
            self.builder.ins().brif(left, rest, &[], done, &[left.into()]);
        } else {
            self.builder.ins().brif(left, done, &[left.into()], rest, &[]);
        }
        self.builder.switch_to_block(rest);
        let right = self.word(right)?;
        self.builder.ins().jump(done, &[right.into()]);
        self.builder.switch_to_block(done);
        Ok(result)
    }

    fn or_else(&mut self, left: &Term, right: &Term) -> Result<Value, JitError> {
        let (word, present) = self.term(left)?.optional()?;
        let (rest, done) = (self.builder.create_block(), self.builder.create_block());
        let result = self.builder.append_block_param(done, I64);
        self.builder.ins().brif(present, done, &[word.into()], rest, &[]);
        self.builder.switch_to_block(rest);
        let right = self.word(right)?;
        self.builder.ins().jump(done, &[right.into()]);
        self.builder.switch_to_block(done);
        Ok(result)
    }

    fn if_else(&mut self, test: &Term, a: &Term, b: &Term) -> Result<Operand, JitError> {
        let test = self.word(test)?;
        let (yes, no) = (self.builder.create_block(), self.builder.create_block());
        self.builder.ins().brif(test, yes, &[], no, &[]);
        self.join([(yes, a), (no, b)])
    }

    fn select(&mut self, key: &Term, branches: &[Term]) -> Result<Operand, JitError> {
        let key = self.word(key)?;
        let mut blocks = Vec::with_capacity(branches.len());
        for (place, branch) in (0_i64..).zip(branches) {
            let (chosen, next) = (self.builder.create_block(), self.builder.create_block());
            let here = self.builder.ins().icmp_imm_u(IntCC::Equal, key, place);
            self.builder.ins().brif(here, chosen, &[], next, &[]);
            self.builder.switch_to_block(next);
            blocks.push((chosen, branch));
        }
        self.builder.ins().jump(self.slow, &[]);
        self.join(blocks)
    }

    /// Fills each block with its branch and goes on where all of them meet.
    fn join<'t>(
        &mut self,
        branches: impl IntoIterator<Item = (Block, &'t Term)>,
    ) -> Result<Operand, JitError> {
        let done = self.builder.create_block();
        let mut joined: Option<Operand> = None;
        for (block, branch) in branches {
            self.builder.switch_to_block(block);
            let found = self.term(branch)?;
            let known = joined.is_some_and(|joined| joined.present.is_some() != found.present.is_some());
            if known {
                return Err(JitError::codegen("only some branches may be absent"));
            }
            if joined.is_none() {
                let word = self.builder.append_block_param(done, I64);
                let present = found.present.map(|_| self.builder.append_block_param(done, I64));
                joined = Some(Operand { word, present });
            }
            let values: Vec<_> = std::iter::once(found.word).chain(found.present).map(Into::into).collect();
            self.builder.ins().jump(done, &values);
        }
        self.builder.switch_to_block(done);
        joined.ok_or_else(|| JitError::codegen("nothing to choose from"))
    }

    fn checked(&mut self, op: ArithmeticOp, left: Value, right: Value) -> Value {
        let (result, overflows) = match op {
            ArithmeticOp::Add => self.builder.ins().sadd_overflow(left, right),
            ArithmeticOp::Sub => self.builder.ins().ssub_overflow(left, right),
            ArithmeticOp::Mul => self.builder.ins().smul_overflow(left, right),
        };
        self.slow_if(overflows);
        result
    }

    fn any_of(&mut self, test: Test, left: &Term, others: &[Term]) -> Result<Value, JitError> {
        let left = self.word(left)?;
        let others = others.iter().map(|other| self.word(other)).collect::<Result<Vec<_>, _>>()?;
        let mut found = self.number(layout::NO);
        for other in others {
            let holds = match test {
                Test::Equal => self.test(IntCC::Equal, left, other),
                Test::Call(libcall) => self.call(libcall, &[left, other])?,
            };
            found = self.builder.ins().bor(found, holds);
        }
        Ok(found)
    }

    /// A call, or what it would come to where that is less than a call.
    fn call(&mut self, libcall: Libcall, args: &[Value]) -> Result<Value, JitError> {
        match (libcall, args) {
            (Libcall::Within, &[entity, ancestor]) => self.within(entity, ancestor),
            _ => self.call_host(libcall, args),
        }
    }

    /// Whether an entity is another or lies in it: looked for among its ancestors, unless they are many.
    fn within(&mut self, entity: Value, ancestor: Value) -> Result<Value, JitError> {
        let head = self.head(entity);
        let (many, few) = (self.builder.create_block(), self.builder.create_block());
        let (each, next, done) =
            (self.builder.create_block(), self.builder.create_block(), self.builder.create_block());
        let answer = self.builder.append_block_param(done, I64);
        let at = self.builder.append_block_param(each, I64);
        let count = self.builder.ins().uload32(memory(), head, layout::HEAD_ANCESTOR_COUNT);
        let is_many = self.builder.ins().icmp_imm_u(IntCC::Equal, count, i64::from(layout::MANY));
        self.builder.ins().brif(is_many, many, &[], few, &[]);
        self.builder.switch_to_block(few);
        let first = self.builder.ins().uload32(memory(), head, layout::HEAD_ANCESTORS);
        let first = self.builder.ins().ishl_imm_u(first, layout::ANCESTOR_SHIFT);
        let all = self.load(self.frame, layout::FRAME_ANCESTORS);
        let start = self.builder.ins().iadd(all, first);
        let bytes = self.builder.ins().ishl_imm_u(count, layout::ANCESTOR_SHIFT);
        let end = self.builder.ins().iadd(start, bytes);
        self.builder.ins().jump(each, &[start.into()]);
        self.builder.switch_to_block(each);
        let (yes, no) = (self.number(layout::YES), self.number(layout::NO));
        let ended = self.builder.ins().icmp(IntCC::Equal, at, end);
        self.builder.ins().brif(ended, done, &[no.into()], next, &[]);
        self.builder.switch_to_block(next);
        let found = self.builder.ins().uload32(memory(), at, 0);
        let same = self.builder.ins().icmp(IntCC::Equal, found, ancestor);
        let after = self.builder.ins().iadd_imm_s(at, i64::from(layout::ANCESTOR_BYTES));
        self.builder.ins().brif(same, done, &[yes.into()], each, &[after.into()]);
        self.builder.set_cold_block(many);
        self.builder.switch_to_block(many);
        let called = self.call_host(Libcall::Within, &[entity, ancestor])?;
        self.builder.ins().jump(done, &[called.into()]);
        self.builder.switch_to_block(done);
        Ok(answer)
    }

    fn call_host(&mut self, libcall: Libcall, args: &[Value]) -> Result<Value, JitError> {
        let signature = self.builder.import_signature(words(self.call_conv, 1 + args.len()));
        let libcalls = self.load(self.frame, layout::FRAME_LIBCALLS);
        let function = self.load(libcalls, libcall.offset());
        let args: Vec<Value> = std::iter::once(self.frame).chain(args.iter().copied()).collect();
        let call = self.builder.ins().call_indirect(signature, function, &args);
        let &[answer] = self.builder.inst_results(call) else {
            return Err(JitError::codegen("a libcall gives one word"));
        };
        let odd =
            self.builder.ins().icmp_imm_u(IntCC::UnsignedGreaterThan, answer, layout::YES.cast_signed());
        self.slow_if(odd);
        Ok(answer)
    }
}

const fn condition(op: CompareOp) -> IntCC {
    match op {
        CompareOp::Eq => IntCC::Equal,
        CompareOp::Ne => IntCC::NotEqual,
        CompareOp::Lt => IntCC::SignedLessThan,
        CompareOp::Le => IntCC::SignedLessThanOrEqual,
        CompareOp::Gt => IntCC::SignedGreaterThan,
        CompareOp::Ge => IntCC::SignedGreaterThanOrEqual,
    }
}
