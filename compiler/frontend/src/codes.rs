//! Every diagnostic code, declared once: its number, title and page.

use std::fmt;

macro_rules! codes {
    ($($variant:ident = $number:literal, $title:literal;)*) => {
        /// A diagnostic code. Numbers are never reused; those below 100 are about syntax.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Code {
            $(#[doc = concat!("`", $number, "`: ", $title, ".")] $variant,)*
        }

        impl Code {
            /// Every code in order.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The stable number: `P0110`.
            #[must_use]
            pub const fn number(self) -> &'static str {
                match self { $(Self::$variant => $number,)* }
            }

            /// What it is about, in a few words.
            #[must_use]
            pub const fn title(self) -> &'static str {
                match self { $(Self::$variant => $title,)* }
            }

            /// Its documentation page, in Markdown.
            #[must_use]
            pub const fn page(self) -> &'static str {
                match self {
                    $(Self::$variant => include_str!(concat!("../../../docs/diagnostics/", $number, ".md")),)*
                }
            }
        }
    };
}

codes! {
    UnexpectedCharacter = "P0001", "unexpected character";
    NonAscii = "P0002", "non-ASCII character outside a string";
    BidiControl = "P0003", "bidirectional control character";
    ControlCharacter = "P0004", "control character";
    UnterminatedString = "P0005", "unterminated string";
    UnknownEscape = "P0006", "unknown escape sequence";
    BadNumber = "P0007", "malformed number";
    UnknownUnit = "P0008", "unknown time unit";
    InstantWithoutZone = "P0009", "instant without an offset";
    BadInstant = "P0010", "malformed instant";
    ForeignComment = "P0012", "unsupported comment syntax";
    ForeignOperator = "P0013", "unsupported operator";
    SourceTooLong = "P0014", "source too long";
    TooManyTokens = "P0015", "too many tokens";
    Unexpected = "P0030", "unexpected token";
    Missing = "P0031", "missing token";
    MissingSemicolon = "P0032", "missing semicolon";
    MissingExpression = "P0033", "missing expression";
    Unclosed = "P0034", "unclosed bracket";
    Unmatched = "P0035", "unmatched bracket";
    Misspelt = "P0036", "misspelled keyword";
    NotADeclaration = "P0037", "expected a declaration";
    LaterDeclaration = "P0038", "unsupported declaration";
    ChainedComparison = "P0040", "chained comparison";
    RangeOutsideIn = "P0041", "range outside `in`";
    MisplacedNot = "P0042", "misplaced `not`";
    ReservedWord = "P0043", "reserved word used as a name";
    TooDeep = "P0044", "nesting too deep";
    ClauseOrder = "P0045", "repeated or misplaced clause";
    MisplacedHeader = "P0046", "misplaced `edition` or `module`";
    NeedlessSemicolon = "P0047", "unnecessary semicolon";
    TooManyErrors = "P0048", "too many errors";
    EditionMissing = "P0100", "missing edition";
    EditionUnknown = "P0101", "unknown edition";
    ModuleMissing = "P0102", "missing module";
    UnknownModule = "P0104", "unknown module";
    NotInModule = "P0105", "name not found in module";
    PrivateName = "P0106", "private name";
    ModuleCircle = "P0107", "cyclic module imports";
    OwnModule = "P0108", "module imports itself";
    NameTakenTwice = "P0109", "conflicting import";
    DuplicateName = "P0110", "duplicate declaration";
    UnknownType = "P0111", "unknown type";
    UnknownAction = "P0112", "unknown action";
    UnknownName = "P0113", "unknown name";
    UnknownField = "P0114", "unknown field";
    UnknownVariant = "P0115", "unknown variant";
    UnknownZone = "P0116", "unknown zone";
    ReservedName = "P0117", "reserved name";
    WrongKind = "P0118", "wrong kind of declaration";
    AmbiguousName = "P0119", "ambiguous name";
    UnknownTimeZone = "P0120", "unknown time zone";
    ParentKind = "P0121", "invalid parent type";
    IdentityOnNonAgent = "P0122", "`identified by` on a type without identity";
    IdentityPattern = "P0123", "malformed identity pattern";
    IdentityOverlap = "P0124", "overlapping identity patterns";
    TypeArguments = "P0125", "wrong type arguments";
    UnknownCurrency = "P0126", "unknown currency";
    TypeNesting = "P0127", "invalid type nesting";
    Circle = "P0128", "cyclic declaration";
    NotConstant = "P0129", "not a constant";
    BecauseMissing = "P0130", "missing `because`";
    ArgumentNotShared = "P0131", "argument not shared by all actions";
    NothingToStandFor = "P0132", "no `resource` or `agent` here";
    FieldNotShared = "P0133", "field not shared by all types";
    HintEmpty = "P0134", "empty hint";
    NotBool = "P0135", "condition is not `bool`";
    ConstantCondition = "P0136", "constant condition";
    ActionFlags = "P0137", "conflicting or repeated flags";
    SpeaksOfRequest = "P0138", "function depends on the request";
    Claimed = "P0139", "`claimed` field not allowed";
    TypesDiffer = "P0140", "type mismatch";
    NotOrdered = "P0141", "type is not ordered";
    Arithmetic = "P0142", "invalid arithmetic";
    CurrenciesMixed = "P0143", "mixed currencies";
    MayBeAbsent = "P0144", "optional value used without a check";
    NeverAbsent = "P0145", "value is never absent";
    InOperand = "P0146", "invalid operand of `in`";
    WithinOperand = "P0147", "invalid operand of `within`";
    NeverWithin = "P0148", "types that cannot contain each other";
    LikeOperand = "P0149", "`like` requires a literal pattern";
    NoFields = "P0150", "type has no fields";
    IsOperand = "P0151", "invalid operand of `is`";
    SetElements = "P0152", "invalid set elements";
    NotCallable = "P0153", "not a function";
    TypeAsValue = "P0154", "type used as a value";
    Arguments = "P0155", "wrong arguments";
    TableKey = "P0156", "table key is not an enum";
    TableRow = "P0157", "table row does not match";
    RowAsValue = "P0158", "table row used as a value";
    OutOfRange = "P0159", "arithmetic overflow";
    NumberLiteral = "P0160", "number out of range";
    MoneyLiteral = "P0161", "invalid amount for the currency";
    DurationLiteral = "P0162", "invalid duration";
    InstantLiteral = "P0163", "invalid instant";
    IndexOperand = "P0164", "value cannot be indexed";
    QuantifierOperand = "P0165", "not a collection";
    RegexPattern = "P0166", "invalid regular expression";
    TypedText = "P0167", "invalid typed literal";
    MapEntries = "P0168", "invalid map entry";
    MapKeyTwice = "P0169", "duplicate map key";
    BudgetUnit = "P0170", "invalid budget unit";
    AmountType = "P0171", "amount in the wrong unit";
    AmountMissing = "P0172", "missing amount";
    ActionTwice = "P0173", "duplicate action";
    KeyType = "P0174", "invalid key type";
    WhichMidnight = "P0176", "calendar limit without a zone";
    UnknownPeriod = "P0177", "unknown calendar period";
    ClauseMissing = "P0178", "missing clause";
    SpanOfTime = "P0179", "duration out of range";
    AllowMissing = "P0180", "missing `allow`";
    RateNumber = "P0181", "invalid action count";
    AmountInRate = "P0182", "amount in a rate";
    ExpiryMissing = "P0183", "missing `expires after`";
    ApprovalMissing = "P0184", "missing `approved by`";
    ApprovalElsewhere = "P0185", "`approved by` outside a review";
    ApprovalTimeout = "P0186", "missing review timeout";
    ApprovalCount = "P0187", "impossible number of approvals";
    UnknownScope = "P0188", "unknown scope";
    ScopeTwice = "P0189", "duplicate scope requirement";
    TooLarge = "P0190", "program limit exceeded";
    FunctionGrowth = "P0192", "function expansion too large";
    NotGiven = "P0193", "entity not given in the scenario";
    GivenFields = "P0194", "missing field in a given entity";
    UnknownDecider = "P0195", "unknown rule, budget, rate or scope";
    CannotDecide = "P0196", "impossible expectation";
    StepOrder = "P0197", "scenario step out of order";
    Moment = "P0198", "invalid scenario time";
    GivenTwice = "P0199", "entity given twice";
    UnusedDeclaration = "P0200", "unused declaration";
    NeverPermitted = "P0201", "action is never permitted";
    NeverMatches = "P0202", "rule never matches";
    Shadowed = "P0203", "rule is always overridden";
    DuplicateRule = "P0204", "duplicate rule";
    IrreversibleUnbounded = "P0205", "unbounded irreversible action";
    UnboundedKey = "P0206", "key chosen by the caller";
    SuspiciousPattern = "P0207", "suspicious pattern";
    UnknownLint = "P0208", "unknown lint";
    LintReason = "P0209", "missing reason for `@allow`";
    ClaimsOnly = "P0210", "permit depends only on claims";
    OverlappingReviews = "P0211", "overlapping reviews";
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.number())
    }
}

impl Code {
    /// The code with this number.
    #[must_use]
    pub fn from_number(number: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.number() == number)
    }

    /// Whether a name stands for nothing.
    pub(crate) const fn is_unknown_name(self) -> bool {
        matches!(
            self,
            Self::UnknownType
                | Self::UnknownAction
                | Self::UnknownName
                | Self::UnknownZone
                | Self::NotCallable
        )
    }

    /// Whether the same words about several places most likely have one cause, such as a declaration that changed.
    pub(crate) const fn is_reported_once(self) -> bool {
        matches!(
            self,
            Self::NeverAbsent
                | Self::Arguments
                | Self::UnknownVariant
                | Self::ParentKind
                | Self::SetElements
                | Self::CannotDecide
        )
    }

    /// Whether the mistake may be that text which did not parse is missing: then it is not reported beside syntax errors.
    pub(crate) const fn may_follow_from_lost_text(self) -> bool {
        matches!(
            self,
            Self::EditionMissing
                | Self::ModuleMissing
                | Self::UnknownType
                | Self::UnknownAction
                | Self::UnknownName
                | Self::UnknownField
                | Self::UnknownVariant
                | Self::UnknownZone
                | Self::UnknownScope
                | Self::WrongKind
                | Self::BecauseMissing
                | Self::ArgumentNotShared
                | Self::NothingToStandFor
                | Self::FieldNotShared
                | Self::ConstantCondition
                | Self::ParentKind
                | Self::SetElements
                | Self::CannotDecide
                | Self::NeverAbsent
                | Self::NeverWithin
                | Self::TypeAsValue
                | Self::UnknownModule
                | Self::NotInModule
                | Self::NotCallable
                | Self::Arguments
                | Self::TableRow
                | Self::IsOperand
                | Self::AmountMissing
                | Self::WhichMidnight
                | Self::ClauseMissing
                | Self::AllowMissing
                | Self::ExpiryMissing
                | Self::ApprovalMissing
                | Self::ApprovalTimeout
        )
    }
}

/// The documentation page of a code given by its number, in Markdown.
#[must_use]
pub fn doc(number: &str) -> Option<&'static str> {
    Code::from_number(number).map(Code::page)
}
