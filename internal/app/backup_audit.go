package app

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"strconv"
	"strings"

	"github.com/commonplace-oer/commonplace/internal/accounts"
	"github.com/commonplace-oer/commonplace/repository/blob"
)

// The audit log only grows, so the bucket has it in parts of so many events, as JSON lines: an event costs the writing of
// one part, and a part that is full is never written again.
const (
	auditPrefix = "backup/audit/"
	auditPart   = 500
)

func auditKey(part int64) string { return fmt.Sprintf("%s%012d.jsonl", auditPrefix, part) }

// keepAudit writes the events that the bucket does not have yet.
func (k *keeper) keepAudit(ctx context.Context) error {
	if k.audited < 0 {
		last, err := k.lastAuditPart(ctx)
		if err != nil {
			return err
		}
		k.audited = max(last, 0) * auditPart
	}
	for {
		part := k.audited / auditPart
		list, err := k.accounts.Audit(ctx, part*auditPart, auditPart)
		if err != nil {
			return err
		}
		end := part*auditPart + int64(len(list))
		if end <= k.audited {
			return nil
		}
		var b bytes.Buffer
		for e := json.NewEncoder(&b); len(list) > 0; list = list[1:] {
			if err := e.Encode(list[0]); err != nil {
				return err
			}
		}
		if _, err := k.bucket.Put(ctx, auditKey(part), bytes.NewReader(b.Bytes()), blob.Always()); err != nil {
			return err
		}
		k.audited = end
		if end%auditPart != 0 {
			return nil
		}
	}
}

// lastAuditPart is the highest part in the bucket, -1 where there is none.
func (k *keeper) lastAuditPart(ctx context.Context) (int64, error) {
	last := int64(-1)
	for info, err := range k.bucket.List(ctx, auditPrefix) {
		if err != nil {
			return last, err
		}
		part, err := strconv.ParseInt(strings.TrimSuffix(path.Base(info.Key), ".jsonl"), 10, 64)
		if err == nil && auditKey(part) == info.Key {
			last = max(last, part)
		}
	}
	return last, nil
}

// restoreAudit fills a new database's log from the bucket. A log that was tampered with is refused.
func (k *keeper) restoreAudit(ctx context.Context) error {
	last, err := k.lastAuditPart(ctx)
	if err != nil {
		return err
	}
	for part := int64(0); part <= last; part++ {
		b, err := readBlob(ctx, k.bucket, auditKey(part), maxBackup)
		if err != nil {
			return err
		}
		var list []accounts.Event
		for d := json.NewDecoder(bytes.NewReader(b)); ; {
			var e accounts.Event
			if err := d.Decode(&e); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				return fmt.Errorf("%s in the bucket is damaged: %w", auditKey(part), err)
			}
			list = append(list, e)
		}
		if err := k.accounts.ImportAudit(ctx, list); err != nil {
			return fmt.Errorf("%s in the bucket: %w", auditKey(part), err)
		}
	}
	return nil
}
