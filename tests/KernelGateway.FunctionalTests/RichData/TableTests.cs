using FluentAssertions;
using KernelGateway.FunctionalTests.Support;
using Newtonsoft.Json.Linq;
using NUnit.Framework;

namespace KernelGateway.FunctionalTests.RichData;

public sealed class TableTests() : PythonCells("pandas")
{
    [Test]
    [CancelAfter(60_000)]
    public async Task A_frame_is_its_columns_in_their_order(CancellationToken cancellationToken)
    {
        var result = await RunOneAsync(
            "import pandas as pd\npd.DataFrame({'name': ['a', 'ü', None], 'n': [1, 2, 3], 'yes': [True, False, True]})", cancellationToken);

        var data = (JObject)result.Data["e2b/data"]!;
        data.ShouldBeJson("{'name': ['a', 'ü', null], 'n': [1, 2, 3], 'yes': [true, false, true]}");
        data.Properties().Select(column => column.Name).Should().Equal("name", "n", "yes");
        result.Html.Should().Contain("<table");
        result.Text.Should().Contain("name");
    }

    [TestCase("[1.5, float('nan'), float('inf'), -float('inf')]", "[1.5, null, null, null]", TestName = "What is no number in JSON is null")]
    [TestCase("pd.to_datetime(['2024-01-02', None, '2024-01-02 03:04:05'], format='mixed' if pd.__version__ >= '2' else None)",
        "['2024-01-02T00:00:00', null, '2024-01-02T03:04:05']", TestName = "Times are ISO")]
    [TestCase("pd.to_datetime(['2024-07-01']).tz_localize('Europe/Berlin')", "['2024-07-01T00:00:00+02:00']", TestName = "Times have their zone's offset")]
    [TestCase("pd.to_timedelta(['90min', None])", "['P0DT1H30M0S', null]", TestName = "Durations are ISO")]
    [TestCase("pd.Categorical(['u', 'v', None])", "['u', 'v', null]", TestName = "Categories are their names")]
    [TestCase("pd.period_range('2024-01', periods=2, freq='M')", "['2024-01', '2024-02']", TestName = "Periods are printed")]
    [TestCase("pd.interval_range(0, 2)", "['(0, 1]', '(1, 2]']", TestName = "Intervals are printed")]
    [TestCase("[__import__('decimal').Decimal('19.99'), None]", "[19.99, null]", TestName = "Decimals are numbers")]
    [TestCase("pd.array([1, None], dtype='Int64')", "[1, null]", TestName = "Nullable integers")]
    [TestCase("pd.array([1.5, None], dtype='Float64')", "[1.5, null]", TestName = "Nullable floats")]
    [TestCase("pd.array([True, None], dtype='boolean')", "[true, null]", TestName = "Nullable booleans")]
    [TestCase("pd.arrays.SparseArray([0, 0, 3])", "[0, 0, 3]", TestName = "Sparse columns")]
    [TestCase("[1 + 2j]", "['(1+2j)']", TestName = "Complex numbers are printed")]
    [TestCase("[[1, 2], {'a': 3}]", "[[1, 2], {'a': 3}]", TestName = "Lists and dicts in cells")]
    [TestCase("[]", "[]", TestName = "A column without rows")]
    [CancelAfter(60_000)]
    public async Task Every_kind_of_column_is_said_in_json(string column, string expected, CancellationToken cancellationToken)
    {
        var result = await RunOneAsync($"import pandas as pd\npd.DataFrame({{'c': {column}}})", cancellationToken);

        result.Data["e2b/data"].ShouldBeJson($"{{'c': {expected}}}");
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task A_cell_that_cannot_be_printed_leaves_the_frame_without_data(CancellationToken cancellationToken)
    {
        var result = await RunOneAsync(
            """
            import pandas as pd
            class Fragile:
                def __str__(self): raise RuntimeError('no')
                __repr__ = lambda self: 'fragile'
            kind = type('Frame', (pd.DataFrame,), {'_repr_html_': lambda self: 'html', '__repr__': lambda self: 'text'})
            kind({'c': [Fragile()]})
            """,
            cancellationToken);

        result.Data.MediaTypes.Should().BeEquivalentTo(["text/plain", "text/html"]);
    }

    [TestCase("[[1, 2, 3]], columns=['a', 'a', 'a.1']", "{'a': [1], 'a.1': [2], 'a.1.1': [3]}", TestName = "Names that occur twice")]
    [TestCase("[[1, 2]], columns=[0, '0']", "{'0': [1], '0.1': [2]}", TestName = "Names that are the same as text")]
    [TestCase("[[1, 2]], columns=pd.MultiIndex.from_tuples([('a', 'x'), ('b', '')])", "{'a.x': [1], 'b': [2]}", TestName = "Names of several levels")]
    [TestCase("[[1, 2]], columns=pd.to_datetime(['2024-01-01', '2024-02-01'])",
        "{'2024-01-01T00:00:00': [1], '2024-02-01T00:00:00': [2]}", TestName = "Names that are times")]
    [TestCase("{'a': [1, 2]}, index=pd.MultiIndex.from_tuples([('x', 1), ('y', 2)])", "{'a': [1, 2]}", TestName = "The index is no column")]
    [TestCase("", "{}", TestName = "A frame of nothing")]
    [CancelAfter(60_000)]
    public async Task Every_column_has_a_name_of_its_own(string arguments, string expected, CancellationToken cancellationToken)
    {
        var result = await RunOneAsync($"import pandas as pd\npd.DataFrame({arguments})", cancellationToken);

        result.Data["e2b/data"].ShouldBeJson(expected);
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task A_huge_frame_comes_as_html_alone(CancellationToken cancellationToken)
    {
        var result = await RunOneAsync("import pandas as pd\npd.DataFrame({'n': range(5_000_000)})", cancellationToken);

        result.Data.Contains("e2b/data").Should().BeFalse();
        result.Html.Should().Contain("5000000 rows");
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task A_frame_of_few_but_huge_cells_comes_as_html_alone(CancellationToken cancellationToken)
    {
        var result = await RunOneAsync("import pandas as pd\npd.DataFrame({'s': ['x' * 10_000_000] * 5})", cancellationToken);

        result.Data.Contains("e2b/data").Should().BeFalse();
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task A_displayed_frame_has_its_data_too(CancellationToken cancellationToken)
    {
        var results = await RunAsync("import pandas as pd\ndisplay(pd.DataFrame({'a': [1]}))\npd.DataFrame({'b': [2]})", cancellationToken);

        results.Select(result => result.IsMainResult).Should().Equal(false, true);
        results[0].Data["e2b/data"].ShouldBeJson("{'a': [1]}");
        results[1].Data["e2b/data"].ShouldBeJson("{'b': [2]}");
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task An_object_describes_itself_as_data_and_chart(CancellationToken cancellationToken)
    {
        var result = await RunOneAsync(
            """
            class Own:
                def _repr_e2b_data_(self): return {'a': [1]}
                def _repr_e2b_chart_(self): return {'type': 'unknown', 'title': None, 'elements': []}
            Own()
            """,
            cancellationToken);

        result.Data["e2b/data"].ShouldBeJson("{'a': [1]}");
        result.Data["e2b/chart"].ShouldBeJson("{'type': 'unknown', 'title': null, 'elements': []}");
    }
}
