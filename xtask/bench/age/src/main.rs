//! The `age` crate as a program: what the benches measure sealing beside. Encrypts a file to a recipient, onto the standard output.

use std::error::Error;
use std::fs::File;
use std::io::{self, BufReader};
use std::os::fd::AsFd as _;

use age::x25519::Recipient;

fn main() -> Result<(), Box<dyn Error>> {
    let mut words = std::env::args().skip(1);
    let (recipient, file) = words.next().zip(words.next()).ok_or("age-crate RECIPIENT FILE")?;
    let recipient: Recipient = recipient.parse()?;
    let encryptor = age::Encryptor::with_recipients(std::iter::once(&recipient as &dyn age::Recipient))?;
    // Not through the buffer of lines that the standard output is otherwise.
    let output = File::from(io::stdout().as_fd().try_clone_to_owned()?);
    let mut sealed = encryptor.wrap_output(output)?;
    io::copy(&mut BufReader::with_capacity(1 << 20, File::open(file)?), &mut sealed)?;
    drop(sealed.finish()?);
    Ok(())
}
