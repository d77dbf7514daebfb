package workload

// This file answers gRPC's health protocol, the one gRPC service that a model can have: what probes ask.
// https://github.com/grpc/grpc/blob/master/doc/health-checking.md

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/encoding/protowire"
)

const (
	notServing = "not-serving"
	// mostBytes is how long a question may be: it is a service's name.
	mostBytes = 1 << 12
)

func isGRPC(r *http.Request) bool {
	return r.ProtoMajor == 2 && strings.HasPrefix(r.Header.Get("Content-Type"), "application/grpc")
}

// serveGRPC answers as the model says.
func (o *port) serveGRPC(w http.ResponseWriter, r *http.Request) {
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
	health, known := o.listen.GRPC[name]
	if !known {
		refuse(codes.NotFound, "unknown service")
		return
	}
	if !o.process.works(r.Context(), time.Duration(health.Processor), 1) {
		// Whoever asked has gone, or the process.
		panic(http.ErrAbortHandler)
	}
	// Of the protocol's enumeration.
	status := uint64(1)
	if health.Status == notServing || time.Since(o.at) < time.Duration(health.After) {
		status = 2
	}
	w.Header().Set("Trailer", "Grpc-Status")
	// A client that went away is no fault of the process.
	w.Write(framed(protowire.AppendVarint(protowire.AppendTag(nil, 1, protowire.VarintType), status)))
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
