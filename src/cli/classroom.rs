//! Options of `classroom`.

use clap::{Args, Subcommand, ValueEnum};
use std::net::IpAddr;
use std::path::PathBuf;

/// Examples shown by `classroom --help`.
pub(super) const EXAMPLES: &str = "Examples:
  redis-lab classroom                      the whole course, for this network
  redis-lab classroom lists sets           two sections of it
  redis-lab classroom --keep class-3a      kept in the folder class-3a: after a
                                           crash, or on Tuesday, the same line
                                           goes on with the same class
  redis-lab classroom --names free         students choose what they are called
  redis-lab classroom --url redis://...    the class's state on your own Redis
  redis-lab classroom --url redis://... --code blue-otter-42
                                           another hub for a class that is there

Students open the address that is shown and type the class's code. The board is
for you alone: it opens in your browser, on this machine.

The class speaks plain http: whoever shares the network can read along. Nothing
that is asked for is personal; tell students to choose names accordingly.";

/// Examples shown by `classroom check --help`.
const CHECK_EXAMPLES: &str = "Examples:
  redis-lab classroom check                before the class: is it reached?
  redis-lab classroom check --wait 0       without waiting for a device

It tries every address of this machine, looks for firewalls, and waits for a
phone or a student's device. A class that runs already is tried as it is.

Exit codes: 0 the class can join, as far as is known; 1 something is in the way.";

/// The students' port.
const PORT: u16 = 8380;

/// Options of `classroom`.
#[derive(Debug, Clone, Args)]
pub struct ClassroomArgs {
    /// The sections it is about; without any, the whole course
    #[arg(value_name = "SECTION")]
    pub sections: Vec<String>,
    /// Port for the students; 0 takes a free one
    #[arg(long, value_name = "N", default_value_t = PORT)]
    pub port: u16,
    /// Address to listen on for the students
    #[arg(long, value_name = "ADDR", default_value = "0.0.0.0")]
    pub bind: IpAddr,
    /// Port of the board on this machine; 0 takes a free one
    #[arg(long, value_name = "N", default_value_t = 8381)]
    pub board_port: u16,
    /// How students are called
    #[arg(long, value_name = "KIND", default_value = "generated")]
    pub names: NamesChoice,
    /// Keep the class in this folder, and go on with the one that is there
    #[arg(long, value_name = "DIR")]
    pub keep: Option<PathBuf>,
    /// Go on with the class of this code
    #[arg(long, value_name = "CODE")]
    pub code: Option<String>,
    /// Answer to this host name, too
    #[arg(long = "allow-host", value_name = "NAME")]
    pub allow_host: Vec<String>,
    /// Only say where the board is
    #[arg(long)]
    pub no_open: bool,
    /// What else there is to a class.
    #[command(subcommand)]
    pub command: Option<ClassroomCommand>,
}

/// Commands of `classroom`.
#[derive(Debug, Clone, Subcommand)]
pub enum ClassroomCommand {
    /// Try whether students can reach this machine, and say what is in the way
    #[command(after_help = CHECK_EXAMPLES)]
    Check(CheckArgs),
}

/// Options of `classroom check`.
#[derive(Debug, Clone, Args)]
pub struct CheckArgs {
    /// The port that the class will have; 0 takes a free one
    #[arg(long, value_name = "N", default_value_t = PORT)]
    pub port: u16,
    /// How many seconds to wait for a student's device [default: 120 on a terminal]
    #[arg(long, value_name = "SECONDS")]
    pub wait: Option<u64>,
}

/// Values of `--names`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum NamesChoice {
    /// By a nickname that is made for them
    Generated,
    /// As they like
    Free,
}
