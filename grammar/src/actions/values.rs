//! Types and fields, constants, records, tables, functions and actions.

use super::{Cx, Deep, Recovery};
use crate::ast::{
    Action, ActionFlag, ActionSet, Const, Expr, Field, Function, Ident, Item, Marks, Record, Table, TableRow,
    Type, TypeKind,
};
use crate::span::Spanned;

impl Cx<'_> {
    pub(crate) fn field(&self, l: usize, name: Ident, ty: Deep<Type>, r: usize) -> Field {
        Field { claimed: None, name, ty: ty.value, default: None, span: self.span(l, r) }
    }

    pub(crate) fn field_error(&mut self, l: usize, name: Ident, recovery: Recovery, r: usize) -> Field {
        self.failed(recovery.error);
        let span = self.span(l, r);
        Field { claimed: None, name, ty: Type { kind: TypeKind::Error, span }, default: None, span }
    }

    pub(crate) fn type_name(&self, l: usize, name: Ident, r: usize) -> Deep<Type> {
        Deep { value: Type { kind: TypeKind::Name(name), span: self.span(l, r) }, depth: 1 }
    }

    pub(crate) fn type_applied(
        &mut self,
        l: usize,
        name: Ident,
        args: Vec<Deep<Type>>,
        r: usize,
    ) -> Deep<Type> {
        let below = args.iter().map(|arg| arg.depth).max().unwrap_or(0);
        let args = args.into_iter().map(|arg| arg.value).collect();
        self.grow_type(l, below, TypeKind::Applied { name, args }, r)
    }

    pub(crate) fn type_optional(&mut self, l: usize, ty: Deep<Type>, r: usize) -> Deep<Type> {
        self.grow_type(l, ty.depth, TypeKind::Optional(Box::new(ty.value)), r)
    }

    fn grow_type(&mut self, l: usize, below: u16, kind: TypeKind, r: usize) -> Deep<Type> {
        let span = self.span(l, r);
        self.grow(below, span, Type { kind, span }, Type { kind: TypeKind::Error, span })
    }

    pub(crate) fn claimed(&self, word: Spanned<()>, field: Field) -> Field {
        Field { claimed: Some(word.span), span: word.span.to(field.span), ..field }
    }

    pub(crate) fn param(
        &self,
        l: usize,
        name: Ident,
        ty: Deep<Type>,
        default: Deep<Expr>,
        r: usize,
    ) -> Field {
        Field { claimed: None, name, ty: ty.value, default: Some(default.value), span: self.span(l, r) }
    }

    pub(crate) fn constant(
        &self,
        l: usize,
        name: Ident,
        ty: Option<Deep<Type>>,
        value: Deep<Expr>,
        r: usize,
    ) -> Item {
        let (ty, value) = (ty.map(|ty| ty.value), value.value);
        Item::Const(Const { name, ty, value, marks: Marks::default(), span: self.span(l, r) })
    }

    pub(crate) fn record(&self, l: usize, name: Ident, fields: Vec<Option<Field>>, r: usize) -> Item {
        let fields = fields.into_iter().flatten().collect();
        Item::Record(Record { name, fields, marks: Marks::default(), span: self.span(l, r) })
    }

    pub(crate) fn row(&self, l: usize, key: Deep<Expr>, values: Vec<Deep<Expr>>, r: usize) -> TableRow {
        let values = values.into_iter().map(|value| value.value).collect();
        TableRow { key: key.value, values, span: self.span(l, r) }
    }

    pub(crate) fn table(
        &self,
        l: usize,
        name: Ident,
        key: Deep<Type>,
        columns: Vec<Option<Field>>,
        rows: Vec<Option<TableRow>>,
        r: usize,
    ) -> Item {
        let columns = columns.into_iter().flatten().collect();
        let rows = rows.into_iter().flatten().collect();
        let marks = Marks::default();
        Item::Table(Table { name, key: key.value, columns, rows, marks, span: self.span(l, r) })
    }

    pub(crate) fn function(
        &self,
        l: usize,
        name: Ident,
        params: Vec<Field>,
        result: Deep<Type>,
        body: Deep<Expr>,
        r: usize,
    ) -> Item {
        let (result, body) = (result.value, body.value);
        Item::Function(Function {
            name,
            params,
            result,
            body,
            marks: Marks::default(),
            span: self.span(l, r),
        })
    }

    pub(crate) fn action(
        &self,
        l: usize,
        name: Ident,
        params: Vec<Field>,
        on: Option<Vec<Ident>>,
        flags: Option<Vec<Spanned<ActionFlag>>>,
        r: usize,
    ) -> Item {
        let (resources, flags) = (on.unwrap_or_default(), flags.unwrap_or_default());
        Item::Action(Action {
            name,
            params,
            resources,
            flags,
            marks: Marks::default(),
            span: self.span(l, r),
        })
    }

    pub(crate) fn action_set(&self, l: usize, name: Ident, members: Vec<Ident>, r: usize) -> Item {
        Item::ActionSet(ActionSet { name, members, marks: Marks::default(), span: self.span(l, r) })
    }
}
