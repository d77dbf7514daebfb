// Package health answers gRPC's health protocol, which is what probes ask, over HTTP/2.
// https://github.com/grpc/grpc/blob/master/doc/health-checking.md
//
// It must not know whose health it tells.
package health

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/encoding/protowire"
)

// mostBytes is how long a question may be: it is a service's name.
const mostBytes = 1 << 12

// IsAsked is true for a request of gRPC.
func IsAsked(r *http.Request) bool {
	return r.ProtoMajor == 2 && strings.HasPrefix(r.Header.Get("Content-Type"), "application/grpc")
}

// Answer answers a request; status says of a service whether there is such a one, and whether it serves.
func Answer(w http.ResponseWriter, r *http.Request, status func(service string) (serves, known bool)) {
	w.Header().Set("Content-Type", "application/grpc")
	refuse := func(code codes.Code, format string, arguments ...any) {
		w.Header().Set("Grpc-Status", strconv.Itoa(int(code)))
		w.Header().Set("Grpc-Message", fmt.Sprintf(format, arguments...))
	}
	service, method, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	if service != "grpc.health.v1.Health" {
		refuse(codes.Unimplemented, "unknown service %s", service)
		return
	}
	if method != "Check" {
		refuse(codes.Unimplemented, "unknown method %s for service %s", method, service)
		return
	}
	name, err := askedService(r.Body)
	if err != nil {
		refuse(codes.Internal, "%s", err)
		return
	}
	serves, known := status(name)
	if !known {
		refuse(codes.NotFound, "unknown service")
		return
	}
	// Of the protocol's enumeration.
	number := uint64(2)
	if serves {
		number = 1
	}
	w.Header().Set("Trailer", "Grpc-Status")
	// A client that went away is no fault of the program.
	w.Write(framed(protowire.AppendVarint(protowire.AppendTag(nil, 1, protowire.VarintType), number)))
	w.Header().Set("Grpc-Status", strconv.Itoa(int(codes.OK)))
}

// framed is one message of a gRPC stream: not compressed, its length, itself.
func framed(message []byte) []byte {
	return append(binary.BigEndian.AppendUint32([]byte{0}, uint32(len(message))), message...)
}

// askedService reads a HealthCheckRequest: the name of a service in its field 1.
func askedService(from io.Reader) (string, error) {
	var head [5]byte
	if _, err := io.ReadFull(from, head[:]); err != nil {
		return "", err
	}
	length := binary.BigEndian.Uint32(head[1:])
	if head[0] != 0 || length > mostBytes {
		return "", errors.New("a message that is compressed or too long")
	}
	message := make([]byte, length)
	if _, err := io.ReadFull(from, message); err != nil {
		return "", err
	}
	name := ""
	for len(message) > 0 {
		number, kind, n := protowire.ConsumeTag(message)
		if n < 0 {
			return "", protowire.ParseError(n)
		}
		message = message[n:]
		if number == 1 && kind == protowire.BytesType {
			value, _ := protowire.ConsumeBytes(message)
			name = string(value)
		}
		if n = protowire.ConsumeFieldValue(number, kind, message); n < 0 {
			return "", protowire.ParseError(n)
		}
		message = message[n:]
	}
	return name, nil
}
