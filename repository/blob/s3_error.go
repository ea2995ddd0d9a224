package blob

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/minio/minio-go/v7"
)

// translate gives an error of the client the kinds of this package.
func (s *S3) translate(ctx context.Context, op, key string, err error) error {
	if err == nil {
		return nil
	}
	if ctxErr := ctx.Err(); ctxErr != nil {
		return fmt.Errorf("%s %s: %w", op, key, ctxErr)
	}
	answer := minio.ToErrorResponse(err)
	switch {
	case answer.StatusCode == 0: // no answer
		err = fmt.Errorf("%s: %w", s.place, err)
	case answer.StatusCode == http.StatusNotModified:
		return ErrNotModified
	case answer.StatusCode == http.StatusRequestedRangeNotSatisfiable:
		err = fmt.Errorf("%w: %s", ErrRange, answer.Message)
	case op == "put" && (refusedByCondition(err) || answer.Code == "ConditionalRequestConflict"),
		answer.StatusCode == http.StatusPreconditionFailed:
		err = ErrConflict
	case answer.Code == minio.NoSuchKey:
		err = ErrNotFound
	case isFolderClash(answer) && op == "put":
		err = fmt.Errorf("%w: a key is the folder of another: %s", ErrKey, answer.Message)
	case isFolderClash(answer):
		err = ErrNotFound
	default:
		err = fmt.Errorf("%s: %s: %w", s.place, answer.Code, err)
	}
	return fmt.Errorf("%s %s: %w", op, key, err)
}

// isFolderClash knows the answers of servers that keep files in folders.
func isFolderClash(answer minio.ErrorResponse) bool {
	switch answer.Code {
	case "ObjectParentIsFile", "ExistingObjectIsDirectory", "XMinioParentIsObject":
		return true
	}
	return false
}

// explain says why a bucket cannot be opened, and what to do.
func (s *S3) explain(ctx context.Context, err error) error {
	if ctxErr := ctx.Err(); ctxErr != nil {
		return fmt.Errorf("open bucket %s: %w", s.place, ctxErr)
	}
	return fmt.Errorf("open bucket %s: %s (%w)", s.place, remedy(err), err)
}

func remedy(err error) string {
	answer := minio.ToErrorResponse(err)
	switch answer.Code {
	case "InvalidAccessKeyId", "XAdminUserNotFound":
		return "the server does not know the access key: check AWS_ACCESS_KEY_ID"
	case "SignatureDoesNotMatch":
		return "the secret does not belong to the access key: check AWS_SECRET_ACCESS_KEY"
	case "ExpiredToken", "InvalidToken", "InvalidClientTokenId":
		return "get new temporary credentials, or clear AWS_SESSION_TOKEN where they are not temporary"
	case "AccessDenied", "AllAccessDisabled", "Forbidden":
		return "allow these credentials to list, read, write and delete in the bucket, or set those of another account"
	case minio.NoSuchBucket:
		return "make the bucket, or add create=true to its URL once"
	case "InvalidBucketName":
		return "check the name of the bucket"
	case "AuthorizationHeaderMalformed", "InvalidRegion", "IncorrectEndpoint", "PermanentRedirect", "IllegalLocationConstraintException":
		return "set region= in its URL to the bucket's own"
	case "RequestTimeTooSkewed":
		return "set the clock of this machine"
	}
	switch {
	case answer.StatusCode >= 500:
		return "the server has trouble of its own: see its log, and try again"
	case answer.StatusCode != 0:
		return "check that endpoint= in its URL is the address of an S3 server"
	case strings.Contains(err.Error(), "HTTP response to HTTPS client"):
		return "the server speaks plain HTTP: write endpoint=http://…"
	case strings.Contains(err.Error(), "certificate"):
		return "the server's certificate is not trusted by this machine"
	}
	return "no S3 server answers there: check endpoint= in its URL, and that the server runs"
}

var errIgnoresConditions = errors.New("the server stored a blob though the condition of the put did not hold")
