package session

// What a session needs of the machine: room on the disk and a port on loopback.

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"

	"golang.org/x/sys/unix"

	"sandbox/disk"
)

// leastSpace is what a fresh session writes within its first minutes, with some room. On a full disk etcd ends the whole
// process without a word.
const leastSpace = 48 << 20

func checkSpace(folder string) error {
	var disk unix.Statfs_t
	if err := unix.Statfs(folder, &disk); err != nil {
		return fmt.Errorf("failed to look at folder `%s`: %w", folder, err)
	}
	if free := disk.Bavail * uint64(disk.Bsize); free < leastSpace {
		return fmt.Errorf("the disk of folder `%s` has only %d MiB left; a sandbox needs at least %d MiB", folder, free>>20, leastSpace>>20)
	}
	return nil
}

// listen binds the API server's port: the configured one, else the one used before, else a free one.
func listen(folder string, configured int) (net.Listener, error) {
	file := filepath.Join(folder, "port")
	port := configured
	if text, err := os.ReadFile(file); err == nil && port == 0 {
		port, _ = strconv.Atoi(string(text)) // a damaged file: a free port will do
	}
	listener, err := net.Listen("tcp4", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	switch {
	case errors.Is(err, unix.EADDRINUSE) && configured != 0:
		return nil, fmt.Errorf("port %d on 127.0.0.1 is taken by another program: end it, or configure another port", port)
	case errors.Is(err, unix.EADDRINUSE):
		return nil, fmt.Errorf("port %d on 127.0.0.1 is taken by another program: end it, or remove the file `%s` for another port", port, file)
	case err != nil:
		return nil, fmt.Errorf("failed to listen on loopback: %w", err)
	}
	port = listener.Addr().(*net.TCPAddr).Port
	if err := disk.Write(file, []byte(strconv.Itoa(port))); err != nil {
		return nil, errors.Join(fmt.Errorf("failed to remember the port: %w", err), listener.Close())
	}
	return listener, nil
}
