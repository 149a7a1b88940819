//! The subset of Python's pickle protocol 2 that a dictionary of tensors uses.

use std::{collections::BTreeMap, rc::Rc};

use super::{Entry, Tensor};

/// Finds the bytes of a storage by its key.
pub type Storages<'a> = &'a dyn Fn(&str) -> Option<&'a [u8]>;

#[derive(Clone, Debug)]
enum Value {
    Mark,
    None,
    Int(i64),
    Text(Rc<str>),
    Class(Rc<str>),
    Tuple(Rc<Vec<Value>>),
    List(Rc<Vec<Value>>),
    Dict(Rc<BTreeMap<String, Value>>),
    Storage { key: Rc<str> },
    Tensor(Rc<Tensor>),
}

/// A stack machine over the bytes of a pickle.
pub struct Machine<'a> {
    bytes: &'a [u8],
    at: usize,
    storages: Storages<'a>,
    stack: Vec<Value>,
    memo: BTreeMap<u32, Value>,
}

const CUT: &str = "has a pickle that ends too early";
const SHAPE: &str = "has a pickle that is not a dictionary of tensors";

impl<'a> Machine<'a> {
    pub fn new(bytes: &'a [u8], storages: Storages<'a>) -> Self {
        Self { bytes, at: 0, storages, stack: Vec::new(), memo: BTreeMap::new() }
    }

    /// Runs to the stop opcode and returns the dictionary.
    pub fn run(mut self) -> Result<BTreeMap<String, Entry>, String> {
        loop {
            let opcode = self.take(1)?.first().copied().unwrap_or(b'.');
            if opcode == b'.' {
                break;
            }
            self.step(opcode)?;
        }
        let Some(Value::Dict(dict)) = self.stack.pop() else { return Err(SHAPE.to_owned()) };
        Ok(dict.iter().map(|(key, value)| (key.clone(), entry(value))).collect())
    }

    fn step(&mut self, opcode: u8) -> Result<(), String> {
        match opcode {
            0x80 => {
                self.take(1)?;
            }
            b'(' => self.stack.push(Value::Mark),
            b'N' => self.stack.push(Value::None),
            0x88 => self.stack.push(Value::Int(1)),
            0x89 => self.stack.push(Value::Int(0)),
            b'K' => {
                let value = self.number::<1>()?[0];
                self.stack.push(Value::Int(i64::from(value)));
            }
            b'M' => {
                let value = u16::from_le_bytes(self.number()?);
                self.stack.push(Value::Int(i64::from(value)));
            }
            b'J' => {
                let value = i32::from_le_bytes(self.number()?);
                self.stack.push(Value::Int(i64::from(value)));
            }
            b'G' => {
                self.take(8)?;
                self.stack.push(Value::None);
            }
            b'X' => {
                let length = u32::from_le_bytes(self.number()?) as usize;
                let text = std::str::from_utf8(self.take(length)?).map_err(|_| "has text that is not UTF-8")?;
                self.stack.push(Value::Text(text.into()));
            }
            b'c' => {
                let (module, name) = (self.text_line()?, self.text_line()?);
                self.stack.push(Value::Class(format!("{module} {name}").into()));
            }
            b'}' => self.stack.push(Value::Dict(Rc::default())),
            b']' => self.stack.push(Value::List(Rc::default())),
            b')' => self.stack.push(Value::Tuple(Rc::default())),
            b't' => {
                let items = self.pop_to_mark()?;
                self.stack.push(Value::Tuple(Rc::new(items)));
            }
            0x85..=0x87 => {
                let start = self.stack.len().checked_sub(usize::from(opcode - 0x84)).ok_or(SHAPE)?;
                let items = self.stack.split_off(start);
                self.stack.push(Value::Tuple(Rc::new(items)));
            }
            b'q' => {
                let slot = u32::from(self.number::<1>()?[0]);
                self.remember(slot)?;
            }
            b'r' => {
                let slot = u32::from_le_bytes(self.number()?);
                self.remember(slot)?;
            }
            b'h' => {
                let slot = u32::from(self.number::<1>()?[0]);
                self.recall(slot)?;
            }
            b'j' => {
                let slot = u32::from_le_bytes(self.number()?);
                self.recall(slot)?;
            }
            b'a' => {
                let item = self.pop()?;
                self.extend_list(vec![item])?;
            }
            b'e' => {
                let items = self.pop_to_mark()?;
                self.extend_list(items)?;
            }
            b's' => {
                let value = self.pop()?;
                let key = self.pop()?;
                self.extend_dict(vec![key, value])?;
            }
            b'u' => {
                let items = self.pop_to_mark()?;
                self.extend_dict(items)?;
            }
            b'Q' => {
                let Value::Tuple(parts) = self.pop()? else { return Err(SHAPE.to_owned()) };
                let [_, Value::Class(class), Value::Text(key), ..] = parts.as_slice() else {
                    return Err(SHAPE.to_owned());
                };
                if &**class != "torch DoubleStorage" {
                    return Err(format!("has a storage of the kind `{class}`, expected float64"));
                }
                self.stack.push(Value::Storage { key: key.clone() });
            }
            b'R' => self.reduce()?,
            other => {
                return Err(format!("has the pickle opcode {other:#04x}, which a dictionary of tensors never needs"));
            }
        }
        // Deep nesting is never needed, and dropping it would recurse as deep.
        if matches!(opcode, b't' | 0x85..=0x87 | b'a' | b'e' | b's' | b'u') && self.stack.last().map_or(0, nesting) > 8
        {
            return Err(SHAPE.to_owned());
        }
        Ok(())
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], String> {
        let end = self.at.checked_add(length).ok_or(CUT)?;
        let part = self.bytes.get(self.at..end).ok_or(CUT)?;
        self.at = end;
        Ok(part)
    }

    fn number<const N: usize>(&mut self) -> Result<[u8; N], String> {
        self.take(N)?.try_into().map_err(|_| CUT.to_owned())
    }

    fn text_line(&mut self) -> Result<&'a str, String> {
        let rest = self.bytes.get(self.at..).ok_or(CUT)?;
        let length = rest.iter().position(|&byte| byte == b'\n').ok_or(CUT)?;
        let line = self.take(length + 1)?.get(..length).ok_or(CUT)?;
        std::str::from_utf8(line).map_err(|_| "has text that is not UTF-8".to_owned())
    }

    fn pop(&mut self) -> Result<Value, String> {
        self.stack.pop().ok_or_else(|| SHAPE.to_owned())
    }

    fn pop_to_mark(&mut self) -> Result<Vec<Value>, String> {
        let mark = self.stack.iter().rposition(|value| matches!(value, Value::Mark)).ok_or(SHAPE)?;
        let items = self.stack.split_off(mark + 1);
        self.stack.truncate(mark);
        Ok(items)
    }

    fn remember(&mut self, slot: u32) -> Result<(), String> {
        let top = self.stack.last().ok_or(SHAPE)?;
        // Containers are remembered before they are filled and never asked for again in such files.
        self.memo.insert(slot, top.clone());
        Ok(())
    }

    fn recall(&mut self, slot: u32) -> Result<(), String> {
        let value = self.memo.get(&slot).ok_or(SHAPE)?.clone();
        self.stack.push(value);
        Ok(())
    }

    fn extend_list(&mut self, items: Vec<Value>) -> Result<(), String> {
        let Some(Value::List(list)) = self.stack.last_mut() else { return Err(SHAPE.to_owned()) };
        Rc::make_mut(list).extend(items);
        Ok(())
    }

    fn extend_dict(&mut self, items: Vec<Value>) -> Result<(), String> {
        let Some(Value::Dict(dict)) = self.stack.last_mut() else { return Err(SHAPE.to_owned()) };
        let dict = Rc::make_mut(dict);
        let mut items = items.into_iter();
        while let (Some(Value::Text(key)), Some(value)) = (items.next(), items.next()) {
            dict.insert(key.to_string(), value);
        }
        Ok(())
    }

    /// The only two calls such a file makes: rebuilding a tensor, and an empty dictionary of hooks.
    fn reduce(&mut self) -> Result<(), String> {
        let arguments = self.pop()?;
        let (Value::Class(class), Value::Tuple(arguments)) = (self.pop()?, arguments) else {
            return Err(SHAPE.to_owned());
        };
        let value = match &*class {
            "collections OrderedDict" => Value::None,
            "torch._utils _rebuild_tensor_v2" => Value::Tensor(Rc::new(self.tensor(&arguments)?)),
            other => return Err(format!("asks to call `{other}`, which is refused")),
        };
        self.stack.push(value);
        Ok(())
    }

    fn tensor(&self, arguments: &[Value]) -> Result<Tensor, String> {
        let [Value::Storage { key }, Value::Int(offset), Value::Tuple(shape), Value::Tuple(strides), ..] = arguments
        else {
            return Err(SHAPE.to_owned());
        };
        let bytes = (self.storages)(key).ok_or_else(|| format!("has no storage `{key}`"))?;
        let size = |value: &Value| match value {
            Value::Int(number) => usize::try_from(*number).map_err(|_| SHAPE.to_owned()),
            _ => Err(SHAPE.to_owned()),
        };
        let shape: Vec<usize> = shape.iter().map(size).collect::<Result<_, _>>()?;
        let strides: Vec<usize> = strides.iter().map(size).collect::<Result<_, _>>()?;
        let count = shape.iter().try_fold(1_usize, |product, &length| product.checked_mul(length));
        // A tensor never repeats its storage here, so it cannot have more numbers than the storage.
        let count = count.filter(|&count| strides.len() == shape.len() && count <= bytes.len() / 8);
        let count = count.ok_or_else(|| format!("has a tensor that is larger than its storage `{key}`"))?;
        let start = usize::try_from(*offset).map_err(|_| SHAPE.to_owned())?;
        let mut data = Vec::with_capacity(count);
        let mut index = vec![0_usize; shape.len()];
        for _ in 0..count {
            let element = index
                .iter()
                .zip(&strides)
                .try_fold(start, |sum, (&i, &stride)| sum.checked_add(i.checked_mul(stride)?));
            let at = element.and_then(|element| element.checked_mul(8));
            let number =
                at.and_then(|at| bytes.get(at..at.checked_add(8)?)).and_then(|bytes| <[u8; 8]>::try_from(bytes).ok());
            data.push(f64::from_le_bytes(
                number.ok_or_else(|| format!("has a tensor that reaches past its storage `{key}`"))?,
            ));
            for axis in (0..shape.len()).rev() {
                let (Some(position), Some(&length)) = (index.get_mut(axis), shape.get(axis)) else { break };
                *position += 1;
                if *position < length {
                    break;
                }
                *position = 0;
            }
        }
        Ok(Tensor { shape, data })
    }
}

/// How deep the containers of a value lie in each other; a caller never asks about more than a few levels.
fn nesting(value: &Value) -> usize {
    match value {
        Value::Tuple(items) | Value::List(items) => 1 + items.iter().map(nesting).max().unwrap_or(0),
        Value::Dict(items) => 1 + items.values().map(nesting).max().unwrap_or(0),
        _ => 0,
    }
}

fn entry(value: &Value) -> Entry {
    match value {
        Value::Tensor(tensor) => Entry::Tensor((**tensor).clone()),
        Value::List(items) => {
            let text = |item: &Value| if let Value::Text(text) = item { Some(text.to_string()) } else { None };
            items.iter().map(text).collect::<Option<_>>().map_or(Entry::Other, Entry::Strings)
        }
        _ => Entry::Other,
    }
}
