package session

// When somebody last used the session. Go's monotonic clock stands still while a laptop sleeps, so sleep is not idleness.

import (
	"sync/atomic"
	"time"
)

type usage struct {
	last atomic.Pointer[time.Time]
}

func (u *usage) touch() {
	now := time.Now()
	u.last.Store(&now)
}

func (u *usage) idle() time.Duration { return time.Since(*u.last.Load()) }
