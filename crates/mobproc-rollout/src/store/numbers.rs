//! Which rollout has which external order number: one sheet cannot order twice, however often it is
//! planned and wherever its file is.

use std::path::Path;

use chrono::Utc;

use super::database::{Database, Value};
use super::{About, RolloutError, tables};
use crate::kept::{key_of, stamp};

/// Numbers in one statement.
const AT_ONCE: usize = 100;

/// What became of the claim of a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Claim {
    /// It may be sent.
    Own,
    /// It was sent more often than the caller knows of.
    SentBefore,
    /// Another rollout has it: which.
    OfAnother(String),
}

/// The numbers that rollouts have taken: of this machine's files in a file of their own, of those in
/// a PostgreSQL database in that database.
#[derive(Debug)]
pub struct Numbers {
    /// Nothing where they stand beside the rollouts.
    own: Option<Database>,
}

impl Numbers {
    /// The numbers that are kept beside the rollouts of a PostgreSQL database.
    #[must_use]
    pub fn beside() -> Self {
        Self { own: None }
    }

    /// The numbers of rollouts in files, kept in a file. It is made if there is none.
    ///
    /// # Errors
    ///
    /// The file cannot be used.
    pub async fn open(path: &Path) -> Result<Self, RolloutError> {
        if let Some(folder) = path.parent() {
            crate::owner::create_private_folder(folder).map_err(|source| RolloutError::Unusable {
                place: folder.display().to_string(),
                source: Box::new(source),
            })?;
        }
        let opened = Database::open_file(path, !path.exists());
        let mut own = match opened {
            Ok(own) => own,
            // Another program has just made it.
            Err(_) if path.exists() => Database::open_file(path, false)?,
            Err(error) => return Err(error),
        };
        tables::prepare(&mut own, true).await?;
        Ok(Self { own: Some(own) })
    }

    /// Takes numbers for a rollout. Of those that another has, which row wanted it, and who has it.
    pub(super) async fn take(
        &mut self,
        beside: &mut Database,
        about: &About,
        name: &str,
        wanted: &[(String, u32)],
    ) -> Result<Vec<(u32, String)>, RolloutError> {
        let database = self.own.as_mut().unwrap_or(beside);
        database.begin().await?;
        let now = stamp(Utc::now());
        let mut taken = Vec::new();
        for some in wanted.chunks(AT_ONCE) {
            let mut sql =
                "INSERT INTO rollout_numbers (scope, number_key, uid, name, place, at) VALUES ".to_owned();
            let mut values: Vec<Value> = Vec::with_capacity(some.len() * 6);
            for (number, place) in some {
                let first = values.len() + 1;
                if first > 1 {
                    sql.push(',');
                }
                let all: Vec<String> = (first..first + 6).map(|place| format!("${place}")).collect();
                sql.push_str(&format!("({})", all.join(",")));
                values.extend([
                    about.scope().into(),
                    key_of(number).into(),
                    about.uid.as_str().into(),
                    name.into(),
                    i64::from(*place).into(),
                    now.as_str().into(),
                ]);
            }
            sql.push_str(" ON CONFLICT (scope, number_key) DO NOTHING");
            let added = database.execute(&sql, &values).await?;
            if added == some.len() as u64 {
                continue;
            }
            for (number, place) in some {
                if let Some(by) = of_another(database, about, number).await? {
                    taken.push((*place, by));
                }
            }
        }
        database.commit().await?;
        Ok(taken)
    }

    /// Counts rows as sent once more, where that agrees with how often the caller knows of. A number
    /// that nobody has here is taken: the file may have been approved on another machine.
    pub(super) async fn claim(
        &mut self,
        beside: &mut Database,
        about: &About,
        name: &str,
        wanted: &[(&str, u32, u32)],
    ) -> Result<Vec<Claim>, RolloutError> {
        let database = self.own.as_mut().unwrap_or(beside);
        if wanted.is_empty() {
            return Ok(Vec::new());
        }
        database.begin().await?;
        let now = stamp(Utc::now());
        let mut claims = Vec::with_capacity(wanted.len());
        for (number, place, attempt) in wanted {
            let sql = "INSERT INTO rollout_numbers (scope, number_key, uid, name, place, at, sent)
                       VALUES ($1, $2, $3, $4, $5, $6, $7)
                       ON CONFLICT (scope, number_key) DO UPDATE SET sent = rollout_numbers.sent + 1
                       WHERE rollout_numbers.uid = $3 AND rollout_numbers.sent + 1 = $7";
            let values: [Value; 7] = [
                about.scope().into(),
                key_of(number).into(),
                about.uid.as_str().into(),
                name.into(),
                i64::from(*place).into(),
                now.as_str().into(),
                (i64::from(*attempt) + 1).into(),
            ];
            let claim = if database.execute(sql, &values).await? == 1 {
                Claim::Own
            } else {
                of_another(database, about, number)
                    .await?
                    .map_or(Claim::SentBefore, Claim::OfAnother)
            };
            claims.push(claim);
        }
        database.commit().await?;
        Ok(claims)
    }

    /// Who has each number, unless nobody has, or this rollout.
    pub(super) async fn who_has(
        &mut self,
        beside: &mut Database,
        about: &About,
        wanted: &[String],
    ) -> Result<Vec<Option<String>>, RolloutError> {
        let database = self.own.as_mut().unwrap_or(beside);
        let mut all = Vec::with_capacity(wanted.len());
        for number in wanted {
            all.push(of_another(database, about, number).await?);
        }
        Ok(all)
    }
}

async fn of_another(
    database: &mut Database,
    about: &About,
    number: &str,
) -> Result<Option<String>, RolloutError> {
    let sql = "SELECT uid, name, place, at FROM rollout_numbers WHERE scope = $1 AND number_key = $2";
    let mut rows = database
        .query(sql, &[about.scope().into(), key_of(number).into()])
        .await?;
    Ok(rows.first_mut().and_then(|row| {
        let (uid, name, place, at) = (row.text(0), row.text(1), row.int(2), row.text(3));
        let day = at.get(..10).unwrap_or_default().to_owned();
        (uid != about.uid).then(|| {
            format!(
                "is row {place} of the rollout {name}, approved on {day} (`rollout show` and `order list` say what \
                 became of {number}); only if it is meant once more, plan with another --name, or give the row a key"
            )
        })
    }))
}
