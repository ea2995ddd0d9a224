package app

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/commonplace-oer/commonplace/internal/pdf"
)

// How much free disk is too little, and little.
const (
	diskFailed = 256 << 20
	diskHinted = 5 << 30
	diskShare  = 10 // a tenth of the disk free is enough, however small that is
)

// local reports whether an address is one of this machine.
func local(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	host := u.Hostname()
	ip := net.ParseIP(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || ip != nil && ip.IsLoopback()
}

// machine looks at what the operating system gives: a folder, a disk, other programs.
func (d *doctor) machine() {
	d.folder()
	d.disk("disk of the data folder", d.config.Data)
	if u, err := url.Parse(d.config.Bucket); err == nil && u.Scheme == "file" && !strings.HasPrefix(u.Path, d.config.Data+string(filepath.Separator)) {
		d.disk("disk of the bucket", filepath.FromSlash(u.Path))
	}
	d.program("chromium", pdf.New(1) != nil, "print as PDF", "apt-get install chromium")
	for _, p := range []struct{ name, what string }{{"pandoc", "upload of Word documents"}, {"git", "nothing of the server (people who clone lessons use it)"}} {
		_, err := exec.LookPath(p.name)
		d.program(p.name, err == nil, p.what, "apt-get install "+p.name)
	}
}

// folder tries to write in the data folder, and looks at who else may.
func (d *doctor) folder() {
	const check = "data folder"
	probe, err := os.CreateTemp(d.config.Data, "doctor-")
	if err == nil {
		_, err = probe.WriteString("may be deleted")
		err = firstError(err, probe.Sync(), probe.Close(), os.Remove(probe.Name()))
	}
	if err != nil {
		d.failed(check, err.Error(), remedyOf(err, "have the user that runs the server own the folder: chown -R USER "+d.config.Data))
		return
	}
	st, err := os.Stat(d.config.Data)
	if err != nil {
		d.failed(check, err.Error(), "have the user that runs the server own the folder")
		return
	}
	if open := st.Mode().Perm() & 0o022; open != 0 {
		d.failed(check, fmt.Sprintf("others may write in %s (%s)", d.config.Data, st.Mode().Perm()), "chmod go-w "+d.config.Data)
		return
	}
	secret := filepath.Join(d.config.Data, "catalog.db")
	if f, err := os.Stat(secret); err == nil && f.Mode().Perm()&0o077 != 0 && st.Mode().Perm()&fs.FileMode(0o055) != 0 {
		d.hint(check, fmt.Sprintf("others may read %s, which has people's names and hashes of their passwords", secret), "chmod go-rwx "+d.config.Data)
		return
	}
	d.fine(check, d.config.Data)
}

// remedyOf is what helps against an error of this machine's disks; another error has a remedy of its own.
func remedyOf(err error, otherwise string) string {
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return "make room on the disk, or move the folder to a larger one; what was acknowledged is safe"
	case errors.Is(err, syscall.EROFS):
		return "mount the disk so that it can be written"
	}
	return otherwise
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func (d *doctor) disk(check, path string) {
	free, total, err := freeBytes(path)
	found := fmt.Sprintf("%d MB of %d MB are free", free>>20, total>>20)
	const remedy = "make room, or move the folder to a larger disk; the index needs room for a second one while it is rebuilt"
	switch {
	case err != nil:
		d.hint(check, err.Error(), "look yourself")
	case free < diskFailed:
		d.failed(check, found, remedy)
	case free < diskHinted && free < total/diskShare:
		d.hint(check, found, remedy)
	default:
		d.fine(check, found)
	}
}

func (d *doctor) program(name string, there bool, what, remedy string) {
	if there {
		d.fine(name, "it is installed")
		return
	}
	d.hint(name, "it is not installed; without it is missing: "+what, remedy)
}
