package gitstore

import (
	"container/list"
	"sync"
)

// lru keeps what was used last, within a bound of weights.
type lru[K comparable, V any] struct {
	bound   int64
	evicted func(K, V) // called without the lock; may be nil

	mu    sync.Mutex
	used  int64
	order list.List // of *lruItem[K, V], newest first
	items map[K]*list.Element
}

type lruItem[K comparable, V any] struct {
	key    K
	value  V
	weight int64
}

func newLRU[K comparable, V any](bound int64, evicted func(K, V)) *lru[K, V] {
	return &lru[K, V]{bound: bound, evicted: evicted, items: make(map[K]*list.Element)}
}

func (c *lru[K, V]) get(key K) (value V, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.items[key]
	if !ok {
		return value, false
	}
	c.order.MoveToFront(e)
	return e.Value.(*lruItem[K, V]).value, true
}

// add keeps the value, in place of an older one. What is heavier than the bound is not kept.
func (c *lru[K, V]) add(key K, value V, weight int64) {
	var gone []*lruItem[K, V]
	c.mu.Lock()
	if e, ok := c.items[key]; ok {
		c.drop(e)
	}
	if weight <= c.bound {
		c.items[key] = c.order.PushFront(&lruItem[K, V]{key, value, weight})
		c.used += weight
		for c.used > c.bound {
			gone = append(gone, c.drop(c.order.Back()))
		}
	} else {
		gone = append(gone, &lruItem[K, V]{key, value, weight})
	}
	c.mu.Unlock()
	if c.evicted != nil {
		for _, item := range gone {
			c.evicted(item.key, item.value)
		}
	}
}

func (c *lru[K, V]) remove(key K) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e, ok := c.items[key]; ok {
		c.drop(e)
	}
}

func (c *lru[K, V]) drop(e *list.Element) *lruItem[K, V] {
	item := c.order.Remove(e).(*lruItem[K, V])
	delete(c.items, item.key)
	c.used -= item.weight
	return item
}
