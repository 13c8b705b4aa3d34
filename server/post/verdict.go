package post

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/textproto"
	"strconv"
	"strings"

	gomail "github.com/wneessen/go-mail"
)

// notGreeted judges an error from before the message: connection, encryption,
// signing in.
func (s *SMTP) notGreeted(ctx context.Context, err error) error {
	if answer, ok := errors.AsType[*textproto.Error](err); ok {
		return s.refusedUs(answer.Code)
	}
	if certificate, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return configuration("", s.server()+" shows a certificate that is not trusted: "+certificate.Err.Error(),
			"name the authority in [mail] ca_file, or correct host")
	}
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		return configuration("", s.server()+" does not begin with TLS", "write starttls in [mail] tls, or another port")
	}
	if name, ok := errors.AsType[*net.DNSError](err); ok && name.IsNotFound {
		return configuration("", s.server()+" is not known by that name", "correct [mail] host")
	}
	if unreachable(ctx, err) {
		return s.notAnswering(ctx, err)
	}
	if strings.Contains(err.Error(), "STARTTLS") { // the library has no better sign of it
		return configuration("", s.server()+" offers no STARTTLS", "write implicit in [mail] tls with the port of it, usually 465, or another host")
	}
	return configuration("", s.server()+" offers no way to sign in that can be used", "correct host, port and tls of [mail], or leave username and password empty")
}

// refusedUs judges an answer to the greeting or to signing in.
func (s *SMTP) refusedUs(code int) error {
	text := strconv.Itoa(code)
	switch {
	case code < 500:
		return temporary(text, s.server()+" is not ready for us")
	case code >= 530 && code < 540 || code == 504: // RFC 4954
		return configuration(text, s.server()+" does not let us sign in", "correct username and password of [mail]")
	}
	return configuration(text, s.server()+" refuses to talk to us", "ask who runs it, or correct host and port of [mail]")
}

// notTaken judges an error from the message's own commands.
func (s *SMTP) notTaken(ctx context.Context, err error) error {
	failed, ok := errors.AsType[*gomail.SendError](err)
	if !ok || failed.ErrorCode() < 400 {
		return s.notAnswering(ctx, err)
	}
	code := strings.TrimSpace(strconv.Itoa(failed.ErrorCode()) + " " + failed.EnhancedStatusCode())
	switch {
	case failed.ErrorCode() < 500:
		return temporary(code, s.server()+" does not take the message now")
	case failed.ErrorCode() == 530 || failed.ErrorCode() == 535:
		return configuration(code, s.server()+" wants us to sign in", "give username and password in [mail]")
	case failed.Reason == gomail.ErrSMTPMailFrom:
		return configuration(code, s.server()+" refuses the sender", "correct [mail] from, or sign in as somebody who may use it")
	case failed.Reason == gomail.ErrSMTPRcptTo:
		return permanent(code, s.server()+" refuses the recipient", "check the address")
	}
	return permanent(code, s.server()+" refuses the message", "ask who runs it what it dislikes")
}

func (s *SMTP) notAnswering(ctx context.Context, err error) error {
	if timeout, ok := errors.AsType[net.Error](err); ok && timeout.Timeout() || errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return temporary("", s.server()+" did not answer within "+s.timeout().String())
	}
	if failed, ok := errors.AsType[*net.OpError](err); ok && failed.Op == "dial" {
		return temporary("", s.server()+" cannot be reached: "+failed.Err.Error())
	}
	return temporary("", s.server()+" ended the connection early")
}

func unreachable(ctx context.Context, err error) bool {
	_, network := errors.AsType[net.Error](err)
	return network || ctx.Err() != nil || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed)
}
