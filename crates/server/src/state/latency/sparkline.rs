//! The graph of LATENCY GRAPH: columns of characters, one per sample, four
//! lines high, with how long ago each was written below it from top to bottom.

/// Samples in one graph; more begin another below it.
const COLUMNS: usize = 80;
const LINES: usize = 4;
/// A column ends in one of these, from low to high, and is filled below.
const TIPS: [char; 3] = ['_', 'o', '#'];

/// Draws values with their labels.
pub fn draw(samples: &[(u64, String)]) -> String {
    let lowest = samples.iter().map(|(value, _)| *value).min().unwrap_or(0);
    let highest = samples.iter().map(|(value, _)| *value).max().unwrap_or(0);
    let range = (highest - lowest).max(1);
    let steps = LINES * TIPS.len();
    let height = |value: u64| {
        let step = (value - lowest) as u128 * steps as u128 / u128::from(range);
        (step as usize).min(steps - 1)
    };
    let graphs: Vec<String> = samples
        .chunks(COLUMNS)
        .map(|chunk| {
            let mut text = String::new();
            for line in (0..LINES).rev() {
                let base = line * TIPS.len();
                text.extend(chunk.iter().map(|(value, _)| match height(*value) {
                    step if step < base => ' ',
                    step => TIPS.get(step - base).copied().unwrap_or('|'),
                }));
                text.push('\n');
            }
            text.extend(std::iter::repeat_n(' ', chunk.len()));
            text.push('\n');
            let longest = chunk.iter().map(|(_, label)| label.len()).max();
            for line in 0..longest.unwrap_or(0) {
                let letter = |label: &String| label.chars().nth(line).unwrap_or(' ');
                text.extend(chunk.iter().map(|(_, label)| letter(label)));
                text.push('\n');
            }
            text
        })
        .collect();
    graphs.join("\n")
}

#[cfg(test)]
mod tests {
    use super::draw;

    /// As Redis 7.0.15 draws them.
    #[test]
    fn columns_are_as_high_as_their_values() {
        let samples = [(703, "2s".to_owned()), (1500, "0s".to_owned())];
        assert_eq!(draw(&samples), " #\n |\n |\n_|\n  \n20\nss\n");
    }

    #[test]
    fn more_samples_than_columns_begin_another_graph() {
        let samples = vec![(5, "1m".to_owned()); 81];
        let text = draw(&samples);
        assert_eq!(text.lines().count(), 7 + 1 + 7);
        assert!(text.lines().all(|line| line.len() <= 80));
    }
}
