package search

// automaton accepts the words at most so many edits from one: insertions, deletions, substitutions of bytes and swaps of
// neighbors. Its states are made when a walk over a dictionary first comes to them: to make all of them, as the
// library does, takes longer than the walk. It serves one search and is not safe for several.
type automaton struct {
	word   string
	most   byte
	states []state
	next   [][]int32 // by state and byte; 0 where no walk has been
	number map[string]int32
}

// state is the distance of what was read to each beginning of the word.
type state struct {
	row    string
	before string // the same, one byte earlier; "" where the last byte is in no swap
	last   byte
}

// The automaton's first states.
const (
	unmade = iota
	dead
	begin
)

func newAutomaton(word string, most int) *automaton {
	a := &automaton{word: word, most: byte(most), number: map[string]int32{}, states: make([]state, begin), next: make([][]int32, begin)}
	row := make([]byte, len(word)+1)
	for i := range row {
		row[i] = byte(min(i, most+1))
	}
	a.add(state{row: string(row)})
	return a
}

func (a *automaton) add(s state) int32 {
	key := s.row + s.before + string([]byte{s.last})
	n, ok := a.number[key]
	if !ok {
		n = int32(len(a.states))
		a.number[key] = n
		a.states = append(a.states, s)
		a.next = append(a.next, make([]int32, 256))
	}
	return n
}

// Start, IsMatch, CanMatch, WillAlwaysMatch and Accept are what a dictionary asks of an automaton.
func (a *automaton) Start() int { return begin }

func (a *automaton) IsMatch(s int) bool {
	return s >= begin && a.states[s].row[len(a.word)] <= a.most
}

func (a *automaton) CanMatch(s int) bool          { return s >= begin }
func (a *automaton) WillAlwaysMatch(int) bool     { return false }
func (a *automaton) Accept(from int, by byte) int { return int(a.step(from, by)) }

func (a *automaton) step(from int, by byte) int32 {
	if from < begin {
		return dead
	}
	if n := a.next[from][by]; n != unmade {
		return n
	}
	s := &a.states[from]
	row := make([]byte, len(a.word)+1)
	row[0] = min(s.row[0]+1, a.most+1)
	least, swaps := row[0], false
	for i := 1; i < len(row); i++ {
		cost := byte(1)
		if a.word[i-1] == by {
			cost, swaps = 0, true
		}
		row[i] = min(s.row[i]+1, row[i-1]+1, s.row[i-1]+cost, a.most+1)
		if i > 1 && s.before != "" && a.word[i-1] == s.last && a.word[i-2] == by {
			row[i] = min(row[i], s.before[i-2]+1)
		}
		least = min(least, row[i])
	}
	n := int32(dead)
	if least <= a.most {
		to := state{row: string(row)}
		if swaps {
			to.before, to.last = s.row, by
		}
		n = a.add(to)
	}
	a.next[from][by] = n
	return n
}
