//! What was put in first, of what is looked up by name? A table whose oldest entry goes when it has to.

use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;

/// Values by key, the oldest of them known. Age is the order of their insertion.
pub struct Aged<K, V> {
    values: HashMap<K, (u64, V)>,
    /// By number, which grows with age.
    by_age: BTreeMap<u64, K>,
    next_number: u64,
}

impl<K, V> Default for Aged<K, V> {
    fn default() -> Self {
        Self { values: HashMap::new(), by_age: BTreeMap::new(), next_number: 0 }
    }
}

impl<K: Copy + Eq + Hash, V> Aged<K, V> {
    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// True when there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The value of a key.
    #[must_use]
    pub fn get(&self, key: &K) -> Option<&V> {
        self.values.get(key).map(|(_, value)| value)
    }

    /// The same, to change.
    pub fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        self.values.get_mut(key).map(|(_, value)| value)
    }

    /// The oldest value.
    #[must_use]
    pub fn oldest(&self) -> Option<&V> {
        self.by_age.first_key_value().and_then(|(_, key)| self.get(key))
    }

    /// Put a value in, as the youngest; what was there under its key is answered.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        let before = self.remove(&key);
        self.by_age.insert(self.next_number, key);
        self.values.insert(key, (self.next_number, value));
        self.next_number += 1;
        before
    }

    /// Take a value out.
    pub fn remove(&mut self, key: &K) -> Option<V> {
        let (number, value) = self.values.remove(key)?;
        self.by_age.remove(&number);
        Some(value)
    }

    /// Take the oldest value out.
    pub fn remove_oldest(&mut self) -> Option<V> {
        let key = self.by_age.first_key_value().map(|(_, key)| *key)?;
        self.remove(&key)
    }
}

#[cfg(test)]
mod tests {
    use super::Aged;

    #[test]
    fn the_oldest_goes_first_and_what_is_put_in_again_is_young() {
        let mut aged = Aged::default();
        assert_eq!((aged.insert('a', 1), aged.insert('b', 2), aged.insert('c', 3)), (None, None, None));
        assert_eq!((aged.insert('a', 4), aged.remove(&'x'), aged.len()), (Some(1), None, 3));
        if let Some(value) = aged.get_mut(&'b') {
            *value = 5;
        }
        assert_eq!((aged.oldest().copied(), aged.get(&'a').copied()), (Some(5), Some(4)));
        assert_eq!((aged.remove_oldest(), aged.remove(&'c'), aged.remove_oldest()), (Some(5), Some(3), Some(4)));
        assert!(aged.is_empty() && aged.oldest().is_none() && aged.remove_oldest().is_none());
    }
}
