package backup_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/internal/backup"
	"github.com/commonplace-oer/commonplace/repository/blob"
	"github.com/commonplace-oer/commonplace/repository/blob/blobtest"
	"github.com/commonplace-oer/commonplace/repository/gitstore"
)

const family = "0192aaaa-0000-7000-8000-000000000001"

// source is a bucket with some repositories.
type source struct {
	blob.Store
	git *gitstore.Store
}

func newSource(t testing.TB, b blob.Store, o gitstore.Options) *source {
	t.Helper()
	s := &source{Store: b, git: gitstore.New(b, o)}
	s.save(t, "one", "first")
	s.save(t, "two", "other")
	film := strings.Repeat("film", 400_000)
	sum := sha256.Sum256([]byte(film))
	put(t, b, "media/"+hex.EncodeToString(sum[:]), film)
	put(t, b, "backup/accounts.json", "rosa")
	put(t, b, "decisions/lists/math/log/00000001", "created")
	put(t, b, "sweep/"+family, "{}")
	return s
}

// save publishes the next revision of a repository.
func (s *source) save(t testing.TB, name, text string) gitstore.Location {
	t.Helper()
	at := gitstore.Location{Family: family, Repository: name}
	require.NoError(t, s.try(t.Context(), at, text))
	return at
}

func (s *source) try(ctx context.Context, at gitstore.Location, text string) error {
	save := gitstore.Save{
		Ref: "refs/heads/main", Author: "Rosa", Email: "rosa@example.org", Message: text, When: time.Unix(1_760_000_000, 0),
		Tree: map[string]gitstore.File{"index.md": {Data: []byte(text)}},
	}
	if r, err := s.git.Open(ctx, at); err == nil {
		save.Base, save.Old = r, r.Manifest().Refs["refs/heads/main"]
		save.Parents = []gitstore.Hash{save.Old}
	}
	_, _, err := s.git.Save(ctx, at, save)
	return err
}

func put(t testing.TB, b blob.Store, key, data string) {
	t.Helper()
	_, err := b.Put(t.Context(), key, strings.NewReader(data), blob.Always())
	require.NoError(t, err)
}

func get(t testing.TB, b blob.Store, key string) string {
	t.Helper()
	obj, err := b.Get(t.Context(), key, blob.GetOptions{})
	require.NoError(t, err)
	defer obj.Body.Close()
	raw, err := io.ReadAll(obj.Body)
	require.NoError(t, err)
	return string(raw)
}

// contents are all blobs, the long ones by their hashes, but what sweeping and erasing note for themselves.
func contents(t testing.TB, b blob.Store) map[string]string {
	t.Helper()
	all := map[string]string{}
	for info, err := range b.List(t.Context(), "") {
		require.NoError(t, err)
		if !strings.HasPrefix(info.Key, "sweep/") {
			all[info.Key] = get(t, b, info.Key)
			if len(all[info.Key]) > 30 {
				all[info.Key] = fmt.Sprintf("%x", sha256.Sum256([]byte(all[info.Key])))
			}
		}
	}
	return all
}

func write(t testing.TB, v *backup.Vault, from blob.Store) backup.Written {
	t.Helper()
	done, err := v.Write(t.Context(), about(from))
	require.NoError(t, err)
	return done
}

func about(from blob.Store) backup.Source {
	return backup.Source{Bucket: from, Name: "oer.example.org", Secret: bytes.Repeat([]byte{7}, 32), Skip: []string{"snapshots/"}}
}

func vault(t testing.TB, at blob.Store, keys backup.Keys) *backup.Vault {
	t.Helper()
	v, err := backup.OpenToWrite(t.Context(), at, keys)
	require.NoError(t, err)
	return v
}

func opened(t testing.TB, at blob.Store, keys backup.Keys) *backup.Vault {
	t.Helper()
	v, err := backup.Open(t.Context(), at, keys)
	require.NoError(t, err)
	return v
}

// problems are what Verify reports.
func problems(t testing.TB, v *backup.Vault) []string {
	t.Helper()
	var all []string
	_, err := v.Verify(t.Context(), func(p string) { all = append(all, p) }, nil)
	require.NoError(t, err)
	return all
}

func restore(t testing.TB, v *backup.Vault, at string) *blob.Memory {
	t.Helper()
	to := new(blob.Memory)
	_, err := v.Restore(t.Context(), to, at, nil)
	require.NoError(t, err)
	return to
}

// pair are keys to write with, and those to read with.
func pair(t testing.TB) (to, from backup.Keys) {
	t.Helper()
	id, err := age.GenerateX25519Identity()
	require.NoError(t, err)
	to, err = backup.ReadRecipients("# laptop\n" + id.Recipient().String() + "\n")
	require.NoError(t, err)
	from, err = backup.ReadIdentities(id.String())
	require.NoError(t, err)
	return to, from
}

func TestEveryBackupIsAMomentThatComesBack(t *testing.T) {
	t.Parallel()
	folder := func(t *testing.T) blob.Store {
		b, err := blob.OpenFolder(t.TempDir())
		require.NoError(t, err)
		return b
	}
	memory := func(*testing.T) blob.Store { return new(blob.Memory) }
	to, from := pair(t)
	words := backup.Keys{Passphrase: "strips of paper"}.Quick()
	for _, test := range []struct {
		name        string
		store       func(*testing.T) blob.Store
		write, read backup.Keys
	}{
		{"memory", memory, backup.Keys{}, backup.Keys{}},
		{"folder", folder, backup.Keys{}, backup.Keys{}},
		{"S3", func(t *testing.T) blob.Store { return blobtest.VersityGW(t).Open(t) }, backup.Keys{}, backup.Keys{}},
		{"recipient", folder, to, from},
		{"passphrase", memory, words, words},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			counted := blobtest.NewFaulty(test.store(t))
			s, store := newSource(t, counted, gitstore.Options{}), test.store(t)
			put(t, s, "snapshots/1/files/0", "made anew")
			v := vault(t, store, test.write)
			one := write(t, v, s)
			require.Equal(t, 7, one.Blobs)
			before := contents(t, s)
			delete(before, "snapshots/1/files/0")

			counted.Counts() // of before
			again := write(t, vault(t, store, test.write), s)
			require.LessOrEqual(t, counted.Counts()[blobtest.Get], 4, "manifests are read, and what changed, nothing else")
			require.LessOrEqual(t, again.Objects, 0, "nothing is copied twice")

			s.save(t, "one", "second")
			put(t, s, "backup/accounts.json", "rosa, kim")
			put(t, s, "letters/held/a", "from elsewhere")
			two := write(t, v, s)
			require.Equal(t, 4, two.Objects, "pack, manifest, accounts, letter")

			r := opened(t, store, test.read)
			require.Empty(t, problems(t, r))
			require.Equal(t, before, contents(t, restore(t, r, one.Name)))
			after := contents(t, s)
			delete(after, "snapshots/1/files/0")
			require.Equal(t, after, contents(t, restore(t, r, "")))
			require.Equal(t, before, contents(t, restore(t, r, two.Time.Add(-time.Microsecond).Format(time.RFC3339Nano))))
			_, err := r.Restore(t.Context(), new(blob.Memory), "2001-01-01", nil)
			require.ErrorContains(t, err, "no backup is as old")
			list, err := opened(t, store, backup.Keys{}).List(t.Context())
			require.NoError(t, err)
			require.Len(t, list, 3)

			pruned, err := opened(t, store, backup.Keys{}).Prune(t.Context(), 1, nil)
			require.NoError(t, err)
			require.Equal(t, 2, pruned.Removed)
			require.Positive(t, pruned.Objects)
			require.Empty(t, problems(t, r))
			require.Equal(t, after, contents(t, restore(t, r, "")))
			if test.name == "recipient" {
				for key, data := range contents(t, store) {
					require.NotContains(t, data, "rosa", key)
					require.NotContains(t, data, "filmfilm", key)
				}
			}
		})
	}
}

func TestKeysMustBeThoseOfTheVault(t *testing.T) {
	t.Parallel()
	to, from := pair(t)
	other, foreign := pair(t)
	words := backup.Keys{Passphrase: "strips of paper"}.Quick()
	for name, test := range map[string]struct {
		made, given backup.Keys
		says        string
	}{
		"none for encrypted ones":          {to, backup.Keys{}, "give their recipients"},
		"none for a passphrase":            {words, backup.Keys{}, "give their passphrase"},
		"another recipient":                {to, other, "encrypted for others"},
		"a recipient where nothing is":     {backup.Keys{}, to, "not encrypted"},
		"a passphrase where there is none": {to, words, "not encrypted with a passphrase"},
		"another passphrase":               {words, backup.Keys{Passphrase: "strips of felt"}, "does not open"},
	} {
		store := new(blob.Memory)
		vault(t, store, test.made)
		_, err := backup.OpenToWrite(t.Context(), store, test.given)
		require.ErrorContains(t, err, test.says, name)
	}
	store := new(blob.Memory)
	write(t, vault(t, store, to), newSource(t, new(blob.Memory), gitstore.Options{}))
	_, err := opened(t, store, foreign).Restore(t.Context(), new(blob.Memory), "", nil)
	require.Error(t, err)
	_, err = opened(t, store, backup.Keys{}).Restore(t.Context(), new(blob.Memory), "", nil)
	require.ErrorContains(t, err, "give the key")
	require.Empty(t, problems(t, opened(t, store, backup.Keys{})))
	require.Empty(t, problems(t, opened(t, store, from)))
	_, err = backup.OpenToWrite(t.Context(), newSource(t, new(blob.Memory), gitstore.Options{}), backup.Keys{})
	require.ErrorContains(t, err, "something else")
}

// Wherever a backup is cut off, those before it are whole, and the next one ends its work.
func TestABackupCutOffAnywhereHarmsNothing(t *testing.T) {
	t.Parallel()
	to, from := pair(t)
	for _, encrypted := range []bool{false, true} {
		w, r := backup.Keys{}, backup.Keys{}
		if encrypted {
			w, r = to, from
		}
		s, store := newSource(t, new(blob.Memory), gitstore.Options{}), blobtest.NewFaulty(new(blob.Memory))
		v := vault(t, store, w)
		write(t, v, s)
		for dies, through := 1, false; !through; dies++ {
			s.save(t, "one", fmt.Sprint("revision ", dies))
			put(t, s, "letters/held/a", fmt.Sprint("letter ", dies))
			want := contents(t, s)
			var mu sync.Mutex
			n := 0
			store.Plan(func(blobtest.Op) blobtest.Fault {
				mu.Lock()
				defer mu.Unlock()
				if n++; n == dies && dies%3 == 0 {
					return blobtest.After
				} else if n >= dies {
					return blobtest.Before
				}
				return blobtest.None
			})
			_, err := v.Write(t.Context(), about(s))
			store.Plan(nil)
			through = err == nil
			require.Empty(t, problems(t, opened(t, store, r)), "cut off at request %d", dies)
			require.NoError(t, store.Delete(t.Context(), "writer/lock")) // its lease ends
			v = vault(t, store, w)
			write(t, v, s)
			if dies%5 == 0 || through {
				require.Equal(t, want, contents(t, restore(t, opened(t, store, r), "")), "cut off at request %d", dies)
				_, err = v.Prune(t.Context(), 1, nil)
				require.NoError(t, err)
			}
			require.Less(t, dies, 200)
		}
	}
}

// While people save, compact and sweep, a backup has all that was acknowledged before it began, and is whole.
func TestABackupOfABucketInUse(t *testing.T) {
	t.Parallel()
	s := newSource(t, new(blob.Memory), gitstore.Options{Grace: 400 * time.Millisecond})
	store := new(blob.Memory)
	v := vault(t, store, backup.Keys{})
	var mu sync.Mutex
	acknowledged := map[string]int{} // the newest revision, by repository
	ctx, stop := context.WithCancel(t.Context())
	var busy sync.WaitGroup
	for n := range 3 {
		at := gitstore.Location{Family: family, Repository: fmt.Sprint("writer-", n)}
		busy.Go(func() {
			for i := 1; ctx.Err() == nil; i++ {
				if err := s.try(ctx, at, fmt.Sprint(i)); err != nil {
					i--
					continue
				}
				mu.Lock()
				acknowledged[at.Repository] = i
				mu.Unlock()
				if i%8 == 0 {
					_, _ = s.git.Compact(ctx, at)
				}
				time.Sleep(2 * time.Millisecond)
			}
		})
	}
	busy.Go(func() {
		for ctx.Err() == nil {
			_, _ = s.git.Sweep(ctx, gitstore.SweepOptions{})
			time.Sleep(20 * time.Millisecond)
		}
	})
	for range 6 {
		time.Sleep(100 * time.Millisecond)
		mu.Lock()
		least := map[string]int{}
		for name, i := range acknowledged {
			least[name] = i
		}
		mu.Unlock()
		done, err := v.Write(t.Context(), about(s))
		require.NoError(t, err)
		back := gitstore.New(restore(t, v, done.Name), gitstore.Options{})
		_, err = back.Verify(t.Context(), func(d gitstore.Damage) { assert.Fail(t, "damage", "%+v", d) }, nil)
		require.NoError(t, err)
		for name, i := range least {
			r, err := back.Open(t.Context(), gitstore.Location{Family: family, Repository: name})
			require.NoError(t, err)
			tree, err := r.Tree(t.Context(), r.Manifest().Refs["refs/heads/main"])
			require.NoError(t, err)
			f, err := tree.Open("index.md")
			require.NoError(t, err)
			raw, err := io.ReadAll(f)
			require.NoError(t, err)
			got := 0
			_, err = fmt.Sscan(string(raw), &got)
			require.NoError(t, err)
			require.GreaterOrEqual(t, got, i, name)
		}
	}
	stop()
	busy.Wait()
	require.Empty(t, problems(t, v))
}

func TestDamageOfTheSourceIsNamedAndNoGoodCopyLost(t *testing.T) {
	t.Parallel()
	s := newSource(t, new(blob.Memory), gitstore.Options{})
	store := new(blob.Memory)
	v := vault(t, store, backup.Keys{})
	good := contents(t, s)
	write(t, v, s)
	harm := func() (key string) {
		for info, err := range s.List(t.Context(), "f/") {
			require.NoError(t, err)
			if gitstore.IsPack(info.Key) {
				key = info.Key
			}
		}
		broken := []byte(get(t, s, key))
		broken[len(broken)/3] ^= 1
		put(t, s, key, string(broken))
		return key
	}
	pack := harm()
	write(t, v, s)
	require.Equal(t, good[pack], contents(t, restore(t, v, ""))[pack], "what was copied when it was whole stays")

	s.save(t, "zero", "later than the first backup")
	pack = harm()
	done, err := v.Write(t.Context(), about(s))
	require.ErrorIs(t, err, backup.ErrDamaged)
	require.ErrorContains(t, err, pack)
	require.Equal(t, []string{pack}, done.Damaged)
	require.Empty(t, problems(t, v), "it says of itself what it lacks")
	require.NotContains(t, contents(t, restore(t, v, "")), pack)
}

// A disk with a bad sector, or a connection that breaks off, does not keep the rest from being backed up.
func TestWhatCannotBeReadKeepsNothingElseFromTheBackup(t *testing.T) {
	t.Parallel()
	inner := new(blob.Memory)
	s := newSource(t, inner, gitstore.Options{})
	want := contents(t, s)
	bad, store := blobtest.NewFaulty(inner), new(blob.Memory)
	v := vault(t, store, backup.Keys{})
	var mu sync.Mutex
	seen := map[string]bool{}
	bad.Plan(func(op blobtest.Op) blobtest.Fault { // each pack breaks off once
		mu.Lock()
		defer mu.Unlock()
		if op.Kind != blobtest.Get || !gitstore.IsPack(op.Key) || seen[op.Key] {
			return blobtest.None
		}
		seen[op.Key] = true
		return blobtest.Truncate
	})
	done, err := v.Write(t.Context(), about(bad))
	require.NoError(t, err)
	require.Len(t, seen, 2)
	require.Equal(t, want, contents(t, restore(t, v, done.Name)))

	s.save(t, "three", "third")
	put(t, s, "letters/held/a", "from elsewhere")
	put(t, s, "backup/accounts.json", "rosa, kim")
	broken := []string{"letters/held/a", "backup/accounts.json", "f/" + family + "/r/three/manifest"}
	bad.Plan(func(op blobtest.Op) blobtest.Fault {
		if op.Kind == blobtest.Get && slices.Contains(broken, op.Key) {
			return blobtest.Truncate
		}
		return blobtest.None
	})
	done, err = v.Write(t.Context(), about(bad))
	require.ErrorIs(t, err, backup.ErrDamaged)
	require.ElementsMatch(t, broken, done.Damaged)
	require.Empty(t, problems(t, v))
	for _, key := range broken {
		delete(want, key)
	}
	require.Equal(t, want, contents(t, restore(t, v, done.Name)))

	bad.Plan(func(op blobtest.Op) blobtest.Fault {
		if op.Kind == blobtest.Get {
			return blobtest.Unavailable
		}
		return blobtest.None
	})
	for n := range 30 {
		put(t, s, fmt.Sprint("letters/held/b", n), "more")
	}
	v.SetLease(2 * time.Second) // and so its pauses
	_, err = v.Write(t.Context(), about(bad))
	require.ErrorIs(t, err, blobtest.ErrUnavailable)
	require.NotErrorIs(t, err, backup.ErrDamaged, "a bucket that does not answer is no damage")
}

func TestDamageOfTheVaultIsFoundAndNotRestored(t *testing.T) {
	t.Parallel()
	to, from := pair(t)
	for name, keys := range map[string][2]backup.Keys{"plain": {}, "encrypted": {to, from}} {
		s, store := newSource(t, new(blob.Memory), gitstore.Options{}), new(blob.Memory)
		done := write(t, vault(t, store, keys[0]), s)
		outside, inside := opened(t, store, backup.Keys{}), opened(t, store, keys[1])
		for info, err := range store.List(t.Context(), "") {
			require.NoError(t, err)
			if !strings.HasPrefix(info.Key, "objects/") && !strings.HasPrefix(info.Key, "backups/") {
				continue
			}
			good := get(t, store, info.Key)
			broken := []byte(good)
			broken[len(broken)*2/3] ^= 1
			put(t, store, info.Key, string(broken))
			require.NotEmpty(t, problems(t, outside), "%s %s", name, info.Key)
			require.NotEmpty(t, problems(t, inside), "%s %s", name, info.Key)
			_, err := inside.Restore(t.Context(), new(blob.Memory), done.Name, nil)
			require.Error(t, err, "%s %s", name, info.Key)
			require.NoError(t, store.Delete(t.Context(), info.Key))
			if strings.HasPrefix(info.Key, "objects/") {
				require.NotEmpty(t, problems(t, outside), "%s %s", name, info.Key)
			}
			put(t, store, info.Key, good)
		}
		require.Empty(t, problems(t, inside))
	}
}

// A damaged list of one backup keeps nobody from an older one, and what is no backup keeps nobody from anything.
func TestOneDamagedListKeepsNobodyFromTheOthers(t *testing.T) {
	t.Parallel()
	s, store := newSource(t, new(blob.Memory), gitstore.Options{}), new(blob.Memory)
	v := vault(t, store, backup.Keys{})
	one := write(t, v, s)
	want := contents(t, s)
	s.save(t, "one", "second")
	two := write(t, v, s)
	good := get(t, store, "backups/"+two.Name)
	put(t, store, "backups/"+two.Name, good[:len(good)/2])
	require.Equal(t, want, contents(t, restore(t, v, one.Time.Format(time.RFC3339Nano))))
	_, err := v.Restore(t.Context(), new(blob.Memory), "", nil)
	require.ErrorContains(t, err, two.Name+" is damaged")
	require.ErrorContains(t, err, "--at "+one.Name)
	_, err = v.Prune(t.Context(), 1, nil)
	require.ErrorContains(t, err, "damaged", "nothing is removed while it is not known what is needed")
	require.Equal(t, want, contents(t, restore(t, v, one.Name)))

	put(t, store, "backups/"+two.Name, good)
	for _, stray := range []string{"zzz", "README.txt", two.Name + "-copy"} {
		put(t, store, "backups/"+stray, "something else")
	}
	require.Equal(t, contents(t, s), contents(t, restore(t, v, "")))
	done, err := v.Prune(t.Context(), 1, nil)
	require.NoError(t, err)
	require.Equal(t, 1, done.Kept)
	require.Equal(t, contents(t, s), contents(t, restore(t, v, two.Name)))
}

func TestARestoreThatWasCutOffGoesOn(t *testing.T) {
	t.Parallel()
	s, store := newSource(t, new(blob.Memory), gitstore.Options{}), new(blob.Memory)
	v := vault(t, store, backup.Keys{})
	first := write(t, v, s)
	s.save(t, "one", "second")
	second := write(t, v, s)
	target := blobtest.NewFaulty(new(blob.Memory))
	var mu sync.Mutex
	n := 0
	target.Plan(func(op blobtest.Op) blobtest.Fault {
		mu.Lock()
		defer mu.Unlock()
		if n++; n > 5 {
			return blobtest.Before
		}
		return blobtest.None
	})
	_, err := v.Restore(t.Context(), target, second.Name, nil)
	require.Error(t, err)
	target.Plan(nil)
	require.Equal(t, second.Name, get(t, target, backup.RestoringKey))
	require.Less(t, first.Name, second.Name)
	_, err = v.Restore(t.Context(), target, first.Name, nil)
	require.ErrorContains(t, err, "a part of backup "+second.Name)
	done, err := v.Restore(t.Context(), target, second.Name, nil)
	require.NoError(t, err)
	require.Less(t, done.Copied, done.Blobs)
	require.Equal(t, contents(t, s), contents(t, target))
	_, err = v.Restore(t.Context(), target, second.Name, nil)
	require.ErrorContains(t, err, "not empty")
}

func TestOneWriterAtATime(t *testing.T) {
	t.Parallel()
	store := new(blob.Memory)
	v := vault(t, store, backup.Keys{})
	v.SetLease(2 * time.Second) // a shorter one ends by itself on a busy machine
	held, release, err := v.Lock(t.Context())
	require.NoError(t, err)
	_, err = v.Prune(t.Context(), 1, nil)
	require.ErrorIs(t, err, backup.ErrBusy)
	require.NoError(t, held.Err())
	require.NoError(t, release())
	_, err = v.Prune(t.Context(), 1, nil)
	require.NoError(t, err)

	dying, die := context.WithCancel(t.Context())
	lost, _, err := v.Lock(dying)
	require.NoError(t, err)
	die() // killed: nothing is released
	<-lost.Done()
	_, err = v.Prune(t.Context(), 1, nil)
	require.NoError(t, err, "a dead writer's lease ends")

	held, release, err = v.Lock(t.Context())
	require.NoError(t, err)
	put(t, store, "writer/lock", `{"holder":"another","beat":9}`)
	<-held.Done()
	require.ErrorIs(t, context.Cause(held), blob.ErrConflict)
	require.NoError(t, release())
}

// Who changes an account while a backup is made waits for what has just changed, and not for the whole log to be copied.
// freezing is a store whose user is frozen while it deletes: an hour is gone, in which another took the vault, and no timer of the
// process has run yet.
type freezing struct {
	blob.Store
	at      int32 // the delete in which it happens
	deletes atomic.Int32
	hour    atomic.Int64
}

func (f *freezing) Delete(ctx context.Context, key string) error {
	if f.deletes.Add(1) == f.at {
		f.hour.Add(int64(time.Hour))
	}
	return f.Store.Delete(ctx, key)
}

// A prune that goes on after it was frozen deletes nothing that a backup of another may need by now.
func TestAPruneThatWasFrozenDeletesNoMore(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	for name, at := range map[string]int32{"while backups go": 1, "while objects go": 3} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			from, store := new(blob.Memory), new(blob.Memory)
			v := vault(t, store, backup.Keys{})
			for round := range 3 {
				for i := range 150 {
					put(t, from, fmt.Sprintf("media/%d-%03d", round, i), fmt.Sprint("round ", round, " ", i))
				}
				write(t, v, from)
				for i := range 150 {
					require.NoError(t, from.Delete(ctx, fmt.Sprintf("media/%d-%03d", round, i)))
				}
			}
			frozen := &freezing{Store: store, at: at}
			slow := opened(t, frozen, backup.Keys{})
			slow.SetClock(func() time.Time { return time.Now().Add(time.Duration(frozen.hour.Load())) })
			_, err := slow.Prune(ctx, 1, nil)
			require.ErrorContains(t, err, "another writer")
			assert.LessOrEqual(t, frozen.deletes.Load(), at+8, "one for each worker that was under way")
			assert.Empty(t, problems(t, v))
			done, err := v.Prune(ctx, 1, nil)
			require.NoError(t, err)
			assert.Greater(t, done.Objects, 150)
		})
	}
}

func TestABackupKeepsAccountsStillForAMomentOnly(t *testing.T) {
	t.Parallel()
	counted := blobtest.NewFaulty(new(blob.Memory))
	s := newSource(t, counted, gitstore.Options{})
	for n := range 50 {
		put(t, s, fmt.Sprintf("backup/audit/%012d.jsonl", n), "events")
	}
	about := about(s)
	about.Still = func(ctx context.Context, read func(context.Context) error) error {
		put(t, s, "backup/accounts.json", "rosa, kim")
		counted.Counts() // of before
		defer func() { assert.Equal(t, 1, counted.Counts()[blobtest.Get]) }()
		return read(ctx)
	}
	v := vault(t, new(blob.Memory), backup.Keys{})
	_, err := v.Write(t.Context(), about)
	require.NoError(t, err)
	assert.Equal(t, contents(t, s), contents(t, restore(t, v, "")))
}

func TestALogHasNoGaps(t *testing.T) {
	t.Parallel()
	var keys []string
	for _, info := range backup.Fill([]blob.Info{{Key: "decisions/lists/a/log/00000002"}, {Key: "decisions/lists/a/log/00000004"}, {Key: "letters/x"}}) {
		keys = append(keys, info.Key)
	}
	assert.ElementsMatch(t, []string{
		"decisions/lists/a/log/00000001", "decisions/lists/a/log/00000002", "decisions/lists/a/log/00000003", "decisions/lists/a/log/00000004", "letters/x",
	}, keys)
}

func FuzzDecodeIndex(f *testing.F) {
	sum := strings.Repeat("ab", 32)
	name, raw, err := backup.Encode(backup.Backup{Time: time.Unix(1_760_000_000, 0)}, sum, []string{sum})
	require.NoError(f, err)
	f.Add(name, raw)
	f.Add("20260101T000000.000000Z-0000000000000000", []byte{0x1f, 0x8b})
	f.Fuzz(func(t *testing.T, name string, raw []byte) {
		hash := sha256.Sum256(raw) // so that more than the checksum is looked at
		_ = backup.DecodeIndex(name, raw)
		_ = backup.DecodeIndex("20260101T000000.000000Z-"+hex.EncodeToString(hash[:])[:16], raw)
	})
}

// A byte that turns in a vault harms what it is of, in every backup that has it, and nothing else.
func TestWhatIsDamagedInABackupKeepsNothingElseFromBeingRestored(t *testing.T) {
	t.Parallel()
	to, from := pair(t)
	for name, keys := range map[string][2]backup.Keys{"plain": {}, "encrypted": {to, from}} {
		s, store := newSource(t, new(blob.Memory), gitstore.Options{}), new(blob.Memory)
		done := write(t, vault(t, store, keys[0]), s)
		v := opened(t, store, keys[1])
		whole := contents(t, s)
		ended := 0
		for info, err := range store.List(t.Context(), "objects/") {
			require.NoError(t, err)
			good := get(t, store, info.Key)
			for _, bad := range []string{good[:len(good)-1] + string(good[len(good)-1]^1), good[:len(good)/2], ""} {
				put(t, store, info.Key, bad)
				if bad == "" {
					require.NoError(t, store.Delete(t.Context(), info.Key))
				}
				target := new(blob.Memory)
				_, err := v.Restore(t.Context(), target, done.Name, nil)
				require.Error(t, err, "%s %s", name, info.Key)
				without, err := v.Salvage(t.Context(), target, done.Name, nil)
				if err != nil { // it is the list of the backup, or what a server needs
					continue
				}
				ended++
				require.Len(t, without.Damaged, 1, "%s %s", name, info.Key)
				lost := without.Damaged[0]
				want := maps.Clone(whole)
				require.Contains(t, want, lost)
				require.Regexp(t, "^(f|media)/", lost)
				delete(want, lost)
				require.Equal(t, want, contents(t, target), "%s %s", name, info.Key)
			}
			put(t, store, info.Key, good)
		}
		require.Equal(t, 3*5, ended, "%s: two packs, two manifests and a film", name)
		target := new(blob.Memory)
		without, err := v.Salvage(t.Context(), target, "", nil)
		require.NoError(t, err)
		require.Empty(t, without.Damaged)
		require.Equal(t, whole, contents(t, target))
	}
}
