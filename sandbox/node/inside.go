package node

// Access to a few unexported fields of the kubelet.
//
// The kubelet dials Pod IPs itself (probes, HTTP lifecycle hooks) and checks that a node's address is one
// of the host's, and it offers no way to give it another dialler. Here Pod IPs are simulated: the real
// diallers would reach strangers on the learner's network. Writing our own probe workers instead would
// lose what matters, the real timing and the real events; so the workers stay and their diallers are
// replaced. The fields belong to the pinned version of Kubernetes: each is checked by name and type when
// a node starts, and a difference is an error, never a wrong write.

import (
	"fmt"
	"reflect"
	"unsafe"
)

// field finds the field at path in owner, following pointers and interfaces, and returns a pointer to
// it.
//
// # Errors
//
// When a field of that name is absent, or when the last one is not of type T.
func field[T any](owner any, path ...string) (*T, error) {
	value, err := reach(reflect.ValueOf(owner), path...)
	if err != nil {
		return nil, err
	}
	found, fits := value.Addr().Interface().(*T)
	if !fits {
		return nil, fmt.Errorf("the kubelet is not the expected version: %v is a %s", path, value.Type())
	}
	return found, nil
}

// reach is the value of the field at path, of whatever type.
func reach(value reflect.Value, path ...string) (reflect.Value, error) {
	for i, name := range path {
		for value.Kind() == reflect.Pointer || value.Kind() == reflect.Interface {
			value = value.Elem()
		}
		if value.Kind() != reflect.Struct {
			return value, fmt.Errorf("the kubelet is not the expected version: %v before `%s` is no struct", path[:i], name)
		}
		next := value.FieldByName(name)
		if !next.IsValid() || !next.CanAddr() {
			return value, fmt.Errorf("the kubelet is not the expected version: %s has no field `%s`", value.Type(), name)
		}
		value = reflect.NewAt(next.Type(), unsafe.Pointer(next.UnsafeAddr())).Elem()
	}
	return value, nil
}

// replace sets the field at path in owner to value.
func replace[T any](owner any, value T, path ...string) error {
	found, err := field[T](owner, path...)
	if err != nil {
		return err
	}
	*found = value
	return nil
}
