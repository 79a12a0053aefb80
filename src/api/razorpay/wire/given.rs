//! What members of requests may hold, for the description of this API: they are read more leniently than what is
//! answered is written.

use serde_json::json;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ArrayBuilder, ArrayItems, ObjectBuilder, OneOfBuilder, Schema, SchemaType, Type};
use utoipa::{PartialSchema, ToSchema};

/// Declares types that stand for what a member may hold in `#[schema(inline, value_type = …)]`.
macro_rules! given {
    ($($(#[doc = $doc:literal])+ $name:ident $schema:expr;)+) => {$(
        $(#[doc = $doc])+
        pub enum $name {}
        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                $schema.description(Some(concat!($($doc),+).trim())).into()
            }
        }
        impl ToSchema for $name {}
    )+};
}

/// Declares the same for members that may be null, which is as good as missing.
macro_rules! optional {
    ($($name:ident $of:ident;)+) => {$(
        pub enum $name {}
        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                nullable($of::schema())
            }
        }
        impl ToSchema for $name {}
    )+};
}

given! {
    /// The account number of your wallet in rupees: 16 figures.
    AccountNumber marked("^ *456456[0-9]{10} *$", "4564560000000042");
    /// In paise, at least 100: a whole number, or a text with one.
    Amount either([Type::Integer, Type::String]).minimum(Some(100)).pattern(Some("^[0-9]+$")).examples([1000]);
    /// There is no other here.
    Currency either([Type::String]).enum_values(Some(["INR"])).examples(["INR"]);
    /// What it is for: `refund`, `cashback`, `payout`, `salary`, `utility bill`, `vendor bill`, or a word that the
    /// desk’s settings add.
    Purpose text(100, "refund");
    /// What the recipient reads.
    Description text(500, "Payout Link for Gaurav Kumar");
    /// Your own reference.
    Receipt text(100, "Receipt No. 1");
    /// Your own reference.
    Reference text(40, "inv-4711");
    /// What the recipient’s bank shows: at most 30 letters, figures and blanks.
    Narration marked("^[0-9A-Za-z ]{0,30}$", "Refund inv 4711");
    /// 3 to 50 letters, figures, blanks and `’ ' - _ / ( ) .`, the last of them no other mark than a full stop.
    Name text(50, "Gaurav Kumar");
    /// What kind of contact it is: `vendor`, `customer`, `employee`, `self`, or a word that the desk’s settings add.
    ContactType text(50, "customer");
    /// A phone number of 5 to 20 figures.
    Phone text(40, "912345678");
    /// An email address.
    Email text(254, "gaurav.kumar@example.com");
    /// Why, for the history.
    Remarks text(255, "Compared with the invoice");
    /// The id of a contact.
    ContactId id("^ *cont_[0-9A-Za-z]{14,22} *$", "cont_00000000000001");
    /// The id of a saved contact; then without the other members.
    SavedContactId id("^ *(cont_[0-9A-Za-z]{14,22})? *$", "cont_00000000000001");
    /// The id of the fund account that it goes to; then without `fund_account`.
    FundAccountId id("^ *(fa_[0-9A-Za-z]{14,22})? *$", "fa_Gk3pQ2mVb8Lw1Z");
    /// The holder’s name, 3 to 120 characters.
    Holder text(120, "Gaurav Kumar");
    /// The IFSC of the branch: 11 letters and figures.
    Ifsc marked("^ *[0-9A-Za-z]{11} *$", "HDFC0000123");
    /// The account number: 5 to 35 letters and figures.
    BankNumber marked("^ *[0-9A-Za-z]{5,35} *$", "50100123456789");
    /// A UPI address.
    VpaAddress text(100, "gaurav.kumar@exampleupi");
    /// Whether the contact gets the address as a text message. Left out, false. Also 1 and 0, and both as texts.
    SendSms flag();
    /// Whether the contact gets the address by email. Left out, false. Also 1 and 0, and both as texts.
    SendEmail flag();
    /// Whether anything may be sent to it. Also 1 and 0, and both as texts.
    Active flag();
    /// Whether it waits for money when there is too little, instead of being refused. Left out, false. Also 1 and 0, and
    /// both as texts.
    Queue flag();
    /// The moment it ends, in Unix seconds: at least 15 minutes ahead.
    Moment either([Type::Integer, Type::String])
        .minimum(Some(0))
        .maximum(Some(crate::api::razorpay::query::LAST_SECOND as usize))
        .pattern(Some("^[0-9]+$"))
        .examples([1_893_456_000]);
    /// At most 15 pairs of texts of at most 256 characters, numbers or flags. Empty, it may be a list as well.
    Notes notes();
}

optional! {
    MaybeReceipt Receipt;
    MaybeReference Reference;
    MaybeNarration Narration;
    MaybeName Name;
    MaybeContactType ContactType;
    MaybePhone Phone;
    MaybeEmail Email;
    MaybeContactId SavedContactId;
    MaybeFundAccountId FundAccountId;
    MaybeSendSms SendSms;
    MaybeSendEmail SendEmail;
    MaybeActive Active;
    MaybeQueue Queue;
    MaybeMoment Moment;
    MaybeNotes Notes;
}

fn either<const N: usize>(kinds: [Type; N]) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(SchemaType::Array(kinds.to_vec()))
}

/// A text of at most so many characters; a whole number will do.
fn text(most: usize, example: &str) -> ObjectBuilder {
    either([Type::String, Type::Integer]).max_length(Some(most)).examples([example])
}

fn id(pattern: &str, example: &str) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String).pattern(Some(pattern)).examples([example])
}

/// A text of this form; a whole number will do.
fn marked(pattern: &str, example: &str) -> ObjectBuilder {
    either([Type::String, Type::Integer]).pattern(Some(pattern)).examples([example])
}

fn flag() -> ObjectBuilder {
    let kinds = either([Type::Boolean, Type::Integer, Type::String]);
    kinds.minimum(Some(0)).maximum(Some(1)).pattern(Some("^(true|false|1|0)?$")).examples([true])
}

fn notes() -> OneOfBuilder {
    let value = either([Type::String, Type::Number, Type::Boolean, Type::Null]).max_length(Some(256)).build();
    let pairs = ObjectBuilder::new()
        .schema_type(Type::Object)
        .max_properties(Some(15))
        .additional_properties(Some(Schema::Object(value)));
    let none = ArrayBuilder::new().items(ArrayItems::False).max_items(Some(0));
    OneOfBuilder::new().item(pairs).item(none).examples([json!({"notes_key_1": "Tea, Earl Grey, Hot"})])
}

/// The same, or null.
fn nullable(schema: RefOr<Schema>) -> RefOr<Schema> {
    let null = ObjectBuilder::new().schema_type(Type::Null).build();
    match schema {
        RefOr::T(Schema::Object(mut object)) => {
            let mut kinds = match object.schema_type {
                SchemaType::Type(kind) => vec![kind],
                SchemaType::Array(kinds) => kinds,
                SchemaType::AnyValue => Vec::new(),
            };
            kinds.push(Type::Null);
            object.schema_type = SchemaType::Array(kinds);
            RefOr::T(Schema::Object(object))
        }
        RefOr::T(Schema::OneOf(mut one)) => {
            one.items.push(RefOr::T(Schema::Object(null)));
            RefOr::T(Schema::OneOf(one))
        }
        other => other,
    }
}
