//! Typed forms, read from a tree; each fault at the place of the value or the name that is wrong.

use std::fmt;

use serde::Deserializer;
use serde::de::{
    self, DeserializeSeed, EnumAccess, IntoDeserializer, MapAccess, SeqAccess, VariantAccess,
    Visitor,
};

use super::{Key, Location, Node, Value};
use crate::diagnostic::{Message, message};

/// By this name a form asks for the place of its value.
pub(crate) const SPANNED: &str = "$spanned";

/// Why a tree is not of a form, and where.
#[derive(Debug, Clone)]
pub(crate) struct Error {
    /// The place; unset until the value is known that the fault is in.
    pub(crate) at: Option<Location>,
    /// What is wrong.
    pub(crate) fault: Fault,
}

/// What is wrong with a value.
#[derive(Debug, Clone)]
pub(crate) enum Fault {
    /// All else.
    Message(Message),
    /// A field that there is not.
    UnknownField(String, &'static [&'static str]),
    /// One of several values is expected, and this is none.
    UnknownValue(String, &'static [&'static str]),
    /// A field that there must be.
    Missing(&'static str),
}

impl Error {
    fn new(at: Location, message: Message) -> Self {
        Self {
            at: Some(at),
            fault: Fault::Message(message),
        }
    }

    fn or_at(mut self, at: Location) -> Self {
        self.at.get_or_insert(at);
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.fault {
            Fault::Message(message) => message.fmt(f),
            Fault::UnknownField(name, _) => write!(f, "unknown field `{name}`"),
            Fault::UnknownValue(name, _) => write!(f, "unknown value `{name}`"),
            Fault::Missing(name) => write!(f, "no `{name}`"),
        }
    }
}

impl std::error::Error for Error {}

impl de::Error for Error {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self {
            at: None,
            fault: Fault::Message(message!(NoForm, message)),
        }
    }

    fn invalid_type(found: de::Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Self::custom(format!("expected {expected}, found {found}"))
    }

    fn invalid_value(found: de::Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Self::custom(format!("expected {expected}, found {found}"))
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        Self {
            at: None,
            fault: Fault::UnknownField(field.to_owned(), expected),
        }
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        Self {
            at: None,
            fault: Fault::UnknownValue(variant.to_owned(), expected),
        }
    }

    fn missing_field(field: &'static str) -> Self {
        Self {
            at: None,
            fault: Fault::Missing(field),
        }
    }
}

impl Node {
    fn unlike(&self, expected: &str) -> Error {
        let message = match &self.value {
            Value::Null => message!(NoValue),
            _ => message!(OtherShape, expected, self.shape()),
        };
        Error::new(self.at, message)
    }

    fn text(&self) -> Result<&str, Error> {
        let quoted = |text: &str| Error::new(self.at, message!(NoText, text));
        match &self.value {
            Value::Text(text) => Ok(text),
            Value::Number(_, written) => Err(quoted(written)),
            Value::Bool(truth) => Err(quoted(&truth.to_string())),
            _ => Err(self.unlike("a text")),
        }
    }
}

macro_rules! whole_numbers {
    ($expected:literal, $as:ident, $visit:ident: $($method:ident)+) => {
        $(
            fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
                let Value::Number(number, _) = &self.value else {
                    return Err(match &self.value {
                        Value::Null => self.unlike($expected),
                        _ => Error::new(self.at, message!(Expected, $expected)),
                    });
                };
                let number = number.$as().ok_or_else(|| Error::new(self.at, message!(Expected, $expected)))?;
                visitor.$visit(number).map_err(|error: Error| error.or_at(self.at))
            }
        )+
    };
}

impl<'de> Deserializer<'de> for &Node {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match &self.value {
            Value::Null => visitor.visit_unit(),
            Value::Bool(truth) => visitor.visit_bool(*truth),
            Value::Number(number, _) => match (number.as_u64(), number.as_i64()) {
                (Some(whole), _) => visitor.visit_u64(whole),
                (None, Some(whole)) => visitor.visit_i64(whole),
                (None, None) => visitor.visit_f64(number.as_f64().unwrap_or(f64::NAN)),
            },
            Value::Text(text) => visitor.visit_str(text),
            Value::List(items) => visitor.visit_seq(Items(items.iter())),
            Value::Map(fields) => visitor.visit_map(Fields {
                fields: fields.iter(),
                value: None,
            }),
        }
        .map_err(|error: Error| error.or_at(self.at))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.value {
            Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.value {
            Value::Bool(truth) => visitor.visit_bool(truth),
            Value::Null => Err(self.unlike("a boolean")),
            _ => Err(Error::new(self.at, message!(Expected, "`true` or `false`"))),
        }
    }

    whole_numbers! {"a whole number that is not negative", as_u64, visit_u64: deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64}
    whole_numbers! {"a whole number", as_i64, visit_i64: deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64}

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor
            .visit_str(self.text()?)
            .map_err(|error: Error| error.or_at(self.at))
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_str(visitor)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.value {
            Value::List(_) => self.deserialize_any(visitor),
            _ => Err(self.unlike("a list")),
        }
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.value {
            Value::Map(_) => self.deserialize_any(visitor),
            _ => Err(self.unlike("a map")),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.deserialize_map(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        _length: usize,
        visitor: V,
    ) -> Result<V::Value, Error> {
        if name == SPANNED {
            visitor.visit_seq(Spanned::new(self.at, self))
        } else {
            self.deserialize_seq(visitor)
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor
            .visit_enum(OneOf(self.text()?))
            .map_err(|error| error.or_at(self.at))
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    serde::forward_to_deserialize_any! {
        i128 u128 f32 f64 char bytes byte_buf unit unit_struct tuple identifier ignored_any
    }
}

struct Items<'a>(std::slice::Iter<'a, Node>);

impl<'de> SeqAccess<'de> for Items<'_> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Error> {
        self.0.next().map(|item| seed.deserialize(item)).transpose()
    }
}

struct Fields<'a> {
    fields: std::slice::Iter<'a, (Key, Node)>,
    value: Option<&'a Node>,
}

impl<'de> MapAccess<'de> for Fields<'_> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Error> {
        let Some((key, value)) = self.fields.next() else {
            return Ok(None);
        };
        self.value = Some(value);
        seed.deserialize(key)
            .map(Some)
            .map_err(|error| error.or_at(key.at))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Error> {
        match self.value.take() {
            Some(value) => seed
                .deserialize(value)
                .map_err(|error| error.or_at(value.at)),
            None => Err(de::Error::custom("a value without a name")),
        }
    }
}

impl<'de> Deserializer<'de> for &Key {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_str(&self.name)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        _length: usize,
        visitor: V,
    ) -> Result<V::Value, Error> {
        if name == SPANNED {
            visitor.visit_seq(Spanned::new(self.at, self))
        } else {
            self.deserialize_any(visitor)
        }
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple map struct enum identifier ignored_any
    }
}

/// A place as three numbers, and then the value.
struct Spanned<D> {
    numbers: std::array::IntoIter<u32, 3>,
    value: Option<D>,
}

impl<D> Spanned<D> {
    fn new(at: Location, value: D) -> Self {
        Self {
            numbers: [at.source, at.line, at.column].into_iter(),
            value: Some(value),
        }
    }
}

impl<'de, D: Deserializer<'de, Error = Error>> SeqAccess<'de> for Spanned<D> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Error> {
        if let Some(number) = self.numbers.next() {
            return seed.deserialize(number.into_deserializer()).map(Some);
        }
        self.value
            .take()
            .map(|value| seed.deserialize(value))
            .transpose()
    }
}

/// One of several words.
struct OneOf<'a>(&'a str);

impl<'de> EnumAccess<'de> for OneOf<'_> {
    type Error = Error;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), Error> {
        let word: de::value::StrDeserializer<'_, Error> = self.0.into_deserializer();
        Ok((seed.deserialize(word)?, self))
    }
}

impl<'de> VariantAccess<'de> for OneOf<'_> {
    type Error = Error;

    fn unit_variant(self) -> Result<(), Error> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, _seed: T) -> Result<T::Value, Error> {
        Err(de::Error::custom("expected a text"))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _length: usize, _: V) -> Result<V::Value, Error> {
        Err(de::Error::custom("expected a text"))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _fields: &'static [&'static str],
        _visitor: V,
    ) -> Result<V::Value, Error> {
        Err(de::Error::custom("expected a text"))
    }
}
