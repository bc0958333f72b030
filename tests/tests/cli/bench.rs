//! The benchmark takes its figures: how large they are is nobody's matter here.

use khata_tests::binary::run;

#[test]
fn the_benchmark_believes_its_own_answers() {
    let place = tempfile::tempdir().unwrap();
    let small = ["--for", "0.3", "--connections", "16", "--accounts", "50", "--events", "2000"];
    let asked = ["bench", "--only", "P1,P3,P4,P7,P8,P10", "--dir", place.path().to_str().unwrap()];
    let output = run(asked.iter().chain(&small));
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{told}{}", String::from_utf8_lossy(&output.stderr));
    for figure in [
        "P1 deposits",
        "P3 the same beside",
        "P10 payments",
        "P7 import",
        "P4 rebuild of customers",
        "P4 rebuild of all",
        "P8 ",
    ] {
        assert!(told.contains(figure), "{figure}: {told}");
    }
    assert!(!told.contains("FAILED"), "{told}");
}
