//! Which session is meant when none is named.

use std::path::PathBuf;

use provider::write_atomically;

use crate::failure::{Failure, Result};
use crate::place::Place;
use crate::state::{Session, Stage};
use crate::store::Sessions;

impl Sessions {
    /// The session that was named, or the current one, or the only one that is left.
    ///
    /// # Errors
    /// There is no such session, or none is current and there are several.
    pub fn current(&self, named: Option<&str>) -> Result<(Place, Session)> {
        let name = match named {
            Some(name) => name.to_owned(),
            None => self.meant()?,
        };
        let session = self.find(&name)?.ok_or_else(|| {
            let known = self.names();
            let hint = match grade::diagnostic::nearest(&name, known.iter().map(String::as_str)) {
                Some(near) => format!("did you mean `{near}`?"),
                None if known.is_empty() => "`labctl start pending-pod` starts one".to_owned(),
                None => format!("the sessions are: {}", known.join(", ")),
            };
            Failure::bad_input(format!("no session named `{name}`")).hint(hint)
        })?;
        Ok((self.place(&name), session))
    }

    fn meant(&self) -> Result<String> {
        if let Some(name) = self.current_name() {
            return Ok(name);
        }
        let all = self.names();
        let is_ready = |name: &&String| matches!(self.peek(name), Some(session) if session.stage == Stage::Ready);
        let ready: Vec<String> = all.iter().filter(is_ready).cloned().collect();
        // One that never came up is meant only when there is no other.
        let mut left = if ready.is_empty() { all } else { ready };
        match left.as_slice() {
            [] => Err(Failure::bad_input("no session")
                .hint("`labctl start pending-pod` starts one, and `labctl list` shows the labs")),
            [_] => Ok(left.remove(0)),
            [first, ..] => Err(Failure::bad_input(format!(
                "no session is current; the sessions are: {}",
                left.join(", ")
            ))
            .hint(format!(
                "`labctl status --session {first}` names one; `export LABCTL_SESSION={first}` does so for this terminal"
            ))),
        }
    }

    /// The session that was started last, when it still exists.
    #[must_use]
    pub fn current_name(&self) -> Option<String> {
        let text = std::fs::read_to_string(self.current_file()).ok()?;
        let name = text.trim().to_owned();
        (!name.is_empty() && self.place(&name).file().exists()).then_some(name)
    }

    /// Makes a session current. Only for the holder of its life (see [`lock`](crate::lock)).
    ///
    /// # Errors
    /// It cannot be written down.
    pub fn make_current(&self, name: &str) -> Result<()> {
        write_atomically(&self.current_file(), format!("{name}\n").as_bytes())?;
        Ok(())
    }

    /// The session is removed: if it was current, none is.
    pub(crate) fn forget_current(&self, name: &str) -> Result<()> {
        let text = std::fs::read_to_string(self.current_file()).unwrap_or_default();
        if text.trim() == name {
            write_atomically(&self.current_file(), b"")?;
        }
        Ok(())
    }

    fn current_file(&self) -> PathBuf {
        self.folders.state.join("current")
    }
}
