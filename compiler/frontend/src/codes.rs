//! Every diagnostic code, declared once: its number, its title and its page.

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
    NonAscii = "P0002", "character beyond ASCII outside a string";
    BidiControl = "P0003", "invisible character that reorders text";
    ControlCharacter = "P0004", "control character";
    UnterminatedString = "P0005", "string without a closing quote";
    UnknownEscape = "P0006", "unknown escape";
    BadNumber = "P0007", "not a number";
    UnknownUnit = "P0008", "unknown unit of time";
    InstantWithoutZone = "P0009", "moment without a zone";
    BadInstant = "P0010", "malformed moment";
    ForeignComment = "P0012", "comment of another language";
    ForeignOperator = "P0013", "operator of another language";
    SourceTooLong = "P0014", "text too long";
    TooManyTokens = "P0015", "too many tokens";
    Unexpected = "P0030", "unexpected token";
    Missing = "P0031", "missing mark or word";
    MissingSemicolon = "P0032", "missing semicolon";
    MissingExpression = "P0033", "missing expression";
    Unclosed = "P0034", "unclosed bracket";
    Unmatched = "P0035", "unmatched bracket";
    Misspelt = "P0036", "misspelt word";
    NotADeclaration = "P0037", "not a declaration";
    LaterDeclaration = "P0038", "declaration not supported in this version";
    ChainedComparison = "P0040", "chained comparison";
    RangeOutsideIn = "P0041", "range outside `in`";
    MisplacedNot = "P0042", "`not` behind its operand";
    ReservedWord = "P0043", "reserved word as a name";
    TooDeep = "P0044", "nested too deeply";
    ClauseOrder = "P0045", "repeated or misplaced clause";
    MisplacedHeader = "P0046", "misplaced `edition` or `module`";
    NeedlessSemicolon = "P0047", "needless semicolon";
    TooManyErrors = "P0048", "too many errors";
    EditionMissing = "P0100", "the edition is missing";
    EditionUnknown = "P0101", "unknown edition";
    ModuleMissing = "P0102", "the module is missing";
    UnknownModule = "P0104", "unknown module";
    NotInModule = "P0105", "a name that the module does not have";
    PrivateName = "P0106", "a private name";
    ModuleCircle = "P0107", "modules that use each other";
    OwnModule = "P0108", "a module that uses itself";
    NameTakenTwice = "P0109", "a name that is brought in twice";
    DuplicateName = "P0110", "a name is declared twice";
    UnknownType = "P0111", "unknown type";
    UnknownAction = "P0112", "unknown action";
    UnknownName = "P0113", "unknown name";
    UnknownField = "P0114", "unknown field";
    UnknownVariant = "P0115", "unknown variant";
    UnknownZone = "P0116", "unknown zone";
    ReservedName = "P0117", "a reserved name";
    WrongKind = "P0118", "another kind of declaration is needed";
    AmbiguousName = "P0119", "a name means two things";
    UnknownTimeZone = "P0120", "no such time zone";
    ParentKind = "P0121", "a hierarchy that cannot be";
    IdentityOnNonAgent = "P0122", "only agents and persons are identified";
    IdentityPattern = "P0123", "malformed identity pattern";
    IdentityOverlap = "P0124", "identity patterns overlap";
    TypeArguments = "P0125", "wrong type arguments";
    UnknownCurrency = "P0126", "unknown currency";
    TypeNesting = "P0127", "a type that cannot be nested";
    Circle = "P0128", "declarations that go in a circle";
    NotConstant = "P0129", "a value that is not constant";
    BecauseMissing = "P0130", "the `because` is missing";
    ArgumentNotShared = "P0131", "an argument that not all actions have";
    NothingToStandFor = "P0132", "no resource or agent to speak of";
    FieldNotShared = "P0133", "a field that not all types have";
    HintEmpty = "P0134", "the hint is empty";
    NotBool = "P0135", "a condition that is not `bool`";
    ConstantCondition = "P0136", "a condition that is constant";
    ActionFlags = "P0137", "flags that do not go together";
    SpeaksOfRequest = "P0138", "a function speaks of its parameters alone";
    Claimed = "P0139", "a field that no caller may fill";
    TypesDiffer = "P0140", "types differ";
    NotOrdered = "P0141", "a type without order";
    Arithmetic = "P0142", "arithmetic that has no meaning";
    CurrenciesMixed = "P0143", "currencies never mix";
    MayBeAbsent = "P0144", "a value that may be absent";
    NeverAbsent = "P0145", "a value that is never absent";
    InOperand = "P0146", "`in` without a collection";
    WithinOperand = "P0147", "`within` without an entity";
    NeverWithin = "P0148", "types that never lie in each other";
    LikeOperand = "P0149", "`like` without a literal pattern";
    NoFields = "P0150", "a type without fields";
    IsOperand = "P0151", "`is` without an entity";
    SetElements = "P0152", "a set without one type";
    NotCallable = "P0153", "not a function";
    TypeAsValue = "P0154", "a type is not a value";
    Arguments = "P0155", "wrong arguments";
    TableKey = "P0156", "a table that is not keyed by an enum";
    TableRow = "P0157", "a row that does not fit its table";
    RowAsValue = "P0158", "a row is not a value";
    OutOfRange = "P0159", "arithmetic out of range";
    NumberLiteral = "P0160", "a number that does not fit";
    MoneyLiteral = "P0161", "not an amount of the currency";
    DurationLiteral = "P0162", "not a duration";
    InstantLiteral = "P0163", "not an instant";
    IndexOperand = "P0164", "nothing to look up in";
    QuantifierOperand = "P0165", "no collection to look through";
    RegexPattern = "P0166", "not a regular expression";
    TypedText = "P0167", "not a text of the type";
    MapEntries = "P0168", "a map whose entries do not fit";
    MapKeyTwice = "P0169", "a key that stands twice in a map";
    BudgetUnit = "P0170", "not a unit";
    AmountType = "P0171", "an amount of another unit";
    AmountMissing = "P0172", "an amount is missing";
    ActionTwice = "P0173", "an action is named twice";
    KeyType = "P0174", "a key that cannot be one";
    WhichMidnight = "P0176", "which midnight?";
    UnknownPeriod = "P0177", "unknown period";
    ClauseMissing = "P0178", "a clause is missing";
    SpanOfTime = "P0179", "a length of time out of range";
    AllowMissing = "P0180", "the rate allows nothing";
    RateNumber = "P0181", "not a count";
    AmountInRate = "P0182", "rates count actions, not amounts";
    ExpiryMissing = "P0183", "the scope never expires";
    ApprovalMissing = "P0184", "a review that nobody approves";
    ApprovalElsewhere = "P0185", "only a review is approved";
    ApprovalTimeout = "P0186", "a review that waits for ever";
    ApprovalCount = "P0187", "approvals that cannot be given";
    UnknownScope = "P0188", "unknown scope";
    ScopeTwice = "P0189", "a scope is required twice";
    TooLarge = "P0190", "larger than a policy may be";
    FunctionGrowth = "P0192", "a function that grows too large";
    NotGiven = "P0193", "an entity that the scenario does not give";
    GivenFields = "P0194", "a field that the scenario does not give";
    UnknownDecider = "P0195", "nothing of this name decides";
    CannotDecide = "P0196", "a verdict that cannot come of it";
    StepOrder = "P0197", "a step that comes too early";
    Moment = "P0198", "a moment that cannot be";
    GivenTwice = "P0199", "an entity that is given twice";
    UnusedDeclaration = "P0200", "declared and never used";
    NeverPermitted = "P0201", "nothing permits the action";
    NeverMatches = "P0202", "a rule that never matches";
    Shadowed = "P0203", "a rule that another always overrules";
    DuplicateRule = "P0204", "two rules that say the same";
    IrreversibleUnbounded = "P0205", "an irreversible action without bounds";
    UnboundedKey = "P0206", "a key that the caller chooses";
    SuspiciousPattern = "P0207", "a pattern that likely means something else";
    UnknownLint = "P0208", "unknown lint";
    LintReason = "P0209", "a lint that is allowed without a reason";
    ClaimsOnly = "P0210", "a permit that rests on the caller's word";
    OverlappingReviews = "P0211", "reviews that meet in one request";
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
    pub(crate) const fn is_told_once(self) -> bool {
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
