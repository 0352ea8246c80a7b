using FluentAssertions;
using KernelGateway.FunctionalTests.Support;
using NUnit.Framework;

namespace KernelGateway.FunctionalTests.RichData;

public sealed class ChartTests() : PythonCells("matplotlib", "pandas")
{
    [Test]
    [CancelAfter(60_000)]
    public async Task A_line_chart_has_its_points_labels_units_and_ticks(CancellationToken cancellationToken) =>
        await ShouldDrawAsync(
            """
            plt.plot([0, 1, 2], [1.5, 2.5, float('nan')], label='sin(x)')
            plt.plot([0, 2], [1, 2])
            plt.plot([0, 2], [2, 2])
            plt.axvline(1)
            plt.title('Waves'); plt.xlabel('Time (s)'); plt.ylabel('Amplitude [Hz]'); plt.grid(True); plt.legend(); plt.text(0, 1, 'note')
            plt.xticks([0, 1, 2]); plt.yticks([1, 2])
            """,
            """
            {'type': 'line', 'title': 'Waves', 'x_label': 'Time (s)', 'y_label': 'Amplitude [Hz]', 'x_unit': 's', 'y_unit': 'Hz',
             'x_ticks': [0, 1, 2], 'x_tick_labels': ['0', '1', '2'], 'x_scale': 'linear',
             'y_ticks': [1, 2], 'y_tick_labels': ['1', '2'], 'y_scale': 'linear',
             'elements': [{'label': 'sin(x)', 'points': [[0, 1.5], [1, 2.5]]}, {'label': 'Line 1', 'points': [[0, 1], [2, 2]]}]}
            """,
            cancellationToken);

    [TestCase("[datetime.date(2023, 9, 1), datetime.date(2023, 9, 2)]", "['2023-09-01T00:00:00', '2023-09-02T00:00:00']", TestName = "Dates")]
    [TestCase("[datetime.datetime(2023, 9, 1, 2, 3, 4), datetime.datetime(2023, 9, 2)]",
        "['2023-09-01T02:03:04', '2023-09-02T00:00:00']", TestName = "Times")]
    [TestCase("pd.date_range('2023-09-01', periods=2, tz='Europe/Berlin')",
        "['2023-09-01T00:00:00+02:00', '2023-09-02T00:00:00+02:00']", TestName = "Times with a zone")]
    [TestCase("np.array(['2023-09-01T00:00:01', '2023-09-02'], dtype='datetime64[ns]')",
        "['2023-09-01T00:00:01', '2023-09-02T00:00:00']", TestName = "Times of numpy")]
    [CancelAfter(60_000)]
    public async Task Dates_are_iso_on_points_and_ticks(string days, string expected, CancellationToken cancellationToken)
    {
        var chart = await ChartAsync($"days = {days}\nplt.plot(days, [1, 2])\nplt.xticks(days)", cancellationToken);

        chart!["x_scale"].ShouldBeJson("'datetime'");
        chart["y_scale"].ShouldBeJson("'linear'");
        chart["x_ticks"].ShouldBeJson(expected);
        chart.SelectTokens("elements[0].points[*][0]").Should().HaveCount(2);
        new Newtonsoft.Json.Linq.JArray(chart.SelectTokens("elements[0].points[*][0]")).ShouldBeJson(expected);
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task A_time_series_of_pandas_has_dates_though_pandas_counts_periods(CancellationToken cancellationToken)
    {
        var chart = await ChartAsync("pd.DataFrame({'a': [1, 2]}, index=pd.date_range('2024-01-31', periods=2, freq='M')).plot()", cancellationToken);

        chart!["type"].ShouldBeJson("'line'");
        chart["x_scale"].ShouldBeJson("'datetime'");
        chart["elements"].ShouldBeJson("[{'label': 'a', 'points': [['2024-01-01T00:00:00', 1], ['2024-02-01T00:00:00', 2]]}]");
    }

    [TestCase("plt.yscale('log')", "log")]
    [TestCase("plt.yscale('symlog')", "symlog")]
    [TestCase("plt.yscale('logit')", "logit")]
    [TestCase("plt.yscale('function', functions=(lambda y: y * 2, lambda y: y / 2))", "function")]
    [TestCase("plt.yscale('functionlog', functions=(lambda y: y * 2, lambda y: y / 2))", "functionlog")]
    [TestCase("plt.yticks([0, 1], ['low', 'high'])", "categorical")]
    [TestCase("plt.yticks([0, 1], ['0', '1.0'])", "linear")]
    [CancelAfter(60_000)]
    public async Task A_scale_has_its_name(string code, string scale, CancellationToken cancellationToken)
    {
        var chart = await ChartAsync($"plt.plot([1, 2, 3], [0.1, 0.5, 0.9])\n{code}", cancellationToken);

        chart!["y_scale"].ShouldBeJson($"'{scale}'");
        chart["x_scale"].ShouldBeJson("'linear'");
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task A_scatter_chart_has_its_points_and_is_not_changed_by_its_colour_bar(CancellationToken cancellationToken) =>
        await ShouldDrawAsync(
            """
            plt.scatter([1, 2, 3], [4, float('nan'), 6], c=[1, 2, 3], label='Dataset 1')
            plt.scatter(['b', 'c'][:0], [])
            plt.scatter([1], [5])
            plt.colorbar(); plt.sca(plt.gcf().axes[0])
            plt.axhline(5); plt.xticks([1, 3]); plt.yticks([4, 6], ['four', 'six']); plt.xlabel('A'); plt.ylabel('B')
            """,
            """
            {'type': 'scatter', 'title': null, 'x_label': 'A', 'y_label': 'B', 'x_unit': null, 'y_unit': null,
             'x_ticks': [1, 3], 'x_tick_labels': ['1', '3'], 'x_scale': 'linear',
             'y_ticks': [4, 6], 'y_tick_labels': ['four', 'six'], 'y_scale': 'linear',
             'elements': [{'label': 'Dataset 1', 'points': [[1, 4], [3, 6]]}, {'label': 'Scatter 1', 'points': []}, {'label': 'Scatter 2', 'points': [[1, 5]]}]}
            """,
            cancellationToken);

    [Test]
    [CancelAfter(60_000)]
    public async Task Points_on_an_axis_of_names_have_names(CancellationToken cancellationToken)
    {
        var chart = await ChartAsync("plt.scatter(['b', 'a'], [1, 2])", cancellationToken);

        chart!["x_scale"].ShouldBeJson("'categorical'");
        chart["x_ticks"].ShouldBeJson("[0, 1]");
        chart["x_tick_labels"].ShouldBeJson("['b', 'a']");
        chart["elements"]![0]!["points"].ShouldBeJson("[['b', 1], ['a', 2]]");
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task A_bar_chart_has_a_value_for_each_bar(CancellationToken cancellationToken) =>
        await ShouldDrawAsync(
            """
            plt.bar(['Author A', 'Author B', 'Author C'], [100, 200, 300], label='Books Sold', yerr=3)
            plt.axhline(150)
            plt.title('Book Sales'); plt.xlabel('Authors'); plt.ylabel('Number (pcs)')
            """,
            """
            {'type': 'bar', 'title': 'Book Sales', 'x_label': 'Authors', 'y_label': 'Number (pcs)', 'x_unit': null, 'y_unit': 'pcs',
             'elements': [{'label': 'Author A', 'group': 'Books Sold', 'value': 100}, {'label': 'Author B', 'group': 'Books Sold', 'value': 200},
                          {'label': 'Author C', 'group': 'Books Sold', 'value': 300}]}
            """,
            cancellationToken);

    [Test]
    [CancelAfter(60_000)]
    public async Task Bars_that_lie_on_their_side_are_described_as_if_they_stood(CancellationToken cancellationToken) =>
        await ShouldDrawAsync(
            "plt.barh(['A', 'B'], [1, 2]); plt.xlabel('Length (m)'); plt.ylabel('Who')",
            """
            {'type': 'bar', 'title': null, 'x_label': 'Who', 'y_label': 'Length (m)', 'x_unit': null, 'y_unit': 'm',
             'elements': [{'label': 'A', 'group': 'Group 0', 'value': 1}, {'label': 'B', 'group': 'Group 0', 'value': 2}]}
            """,
            cancellationToken);

    [TestCase("plt.bar(['A', 'B'], [5, 5])", "[{'label': 'A', 'group': 'Group 0', 'value': 5}, {'label': 'B', 'group': 'Group 0', 'value': 5}]",
        TestName = "Bars of one height stand")]
    [TestCase("plt.bar([-0.2, 0.8], [1, 2], 0.4, label='m'); plt.bar([0.2, 1.2], [-3, 4], 0.4, label='w'); plt.xticks([0, 1], ['G1', 'G2'])",
        "[{'label': 'G1', 'group': 'm', 'value': 1}, {'label': 'G2', 'group': 'm', 'value': 2}, {'label': 'G1', 'group': 'w', 'value': -3}, {'label': 'G2', 'group': 'w', 'value': 4}]",
        TestName = "Bars of a group bear its name")]
    [TestCase("plt.bar(['A', 'B'], [1, 2]); plt.bar(['A', 'B'], [3, 4], bottom=[1, 2])",
        "[{'label': 'A', 'group': 'Group 0', 'value': 1}, {'label': 'B', 'group': 'Group 0', 'value': 2}, {'label': 'A', 'group': 'Group 1', 'value': 3}, {'label': 'B', 'group': 'Group 1', 'value': 4}]",
        TestName = "Stacked bars have their own heights")]
    [TestCase("plt.bar([2020, 2021], [1, 2])", "[{'label': '2020', 'group': 'Group 0', 'value': 1}, {'label': '2021', 'group': 'Group 0', 'value': 2}]",
        TestName = "Bars at numbers bear them")]
    [TestCase("plt.bar([datetime.date(2024, 1, 1)], [1])", "[{'label': '2024-01-01T00:00:00', 'group': 'Group 0', 'value': 1}]",
        TestName = "Bars at dates bear them")]
    [TestCase("plt.hist([1, 1, 3], bins=[0, 2, 4])", "[{'label': '1', 'group': 'Group 0', 'value': 2}, {'label': '3', 'group': 'Group 0', 'value': 1}]",
        TestName = "A histogram is bars at the middle of its bins")]
    [TestCase("plt.bar(['A', 'B'], [1, float('nan')])", "[{'label': 'A', 'group': 'Group 0', 'value': 1}]", TestName = "A bar of no height is none")]
    [TestCase("pd.DataFrame({'n': [1, 2]}, index=['A', 'B']).plot.bar()", "[{'label': 'A', 'group': 'n', 'value': 1}, {'label': 'B', 'group': 'n', 'value': 2}]",
        TestName = "Bars of pandas")]
    [CancelAfter(60_000)]
    public async Task Bars_have_labels_groups_and_values(string code, string elements, CancellationToken cancellationToken)
    {
        var chart = await ChartAsync(code, cancellationToken);

        chart!["type"].ShouldBeJson("'bar'");
        chart["elements"].ShouldBeJson(elements);
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task A_pie_chart_has_angles_without_noise(CancellationToken cancellationToken) =>
        await ShouldDrawAsync(
            "plt.pie([90, 10], labels=['No', 'No, in blue'], autopct='%1.1f%%', startangle=90, shadow=True); plt.axis('equal'); plt.title('Will I wake up?')",
            """
            {'type': 'pie', 'title': 'Will I wake up?',
             'elements': [{'label': 'No', 'angle': 324, 'radius': 1}, {'label': 'No, in blue', 'angle': 36, 'radius': 1}]}
            """,
            cancellationToken);

    [TestCase("patch_artist=True", TestName = "Filled boxes")]
    [TestCase("patch_artist=False", TestName = "Boxes that are not filled")]
    [TestCase("notch=True", TestName = "Notched boxes")]
    [TestCase("patch_artist=True, notch=True", TestName = "Filled notched boxes")]
    [TestCase("patch_artist=True, showmeans=True", TestName = "Boxes with means as marks")]
    [TestCase("patch_artist=True, showmeans=True, meanline=True", TestName = "Boxes with means as lines")]
    [TestCase("patch_artist=True, showcaps=False, showmeans=True, meanline=True", TestName = "Boxes without caps")]
    [CancelAfter(60_000)]
    public async Task A_box_plot_has_its_quartiles_whiskers_and_outliers(string options, CancellationToken cancellationToken) =>
        await ShouldDrawAsync(
            $$"""
            plt.boxplot([[85, 90, 78, 92, 88], [95, 89, 76, 91, 84, 87], [75, 82, 88, 79, 86]], labels=['Class A', 'Class B', 'Class C'], {{options}})
            plt.title('Exam Scores'); plt.xlabel('Class'); plt.ylabel('Score (pt)'); plt.axhline(80)
            """,
            Boxes,
            cancellationToken);

    [Test]
    [CancelAfter(60_000)]
    public async Task Boxes_that_lie_on_their_side_are_described_as_if_they_stood(CancellationToken cancellationToken) =>
        await ShouldDrawAsync(
            """
            plt.boxplot([[85, 90, 78, 92, 88], [95, 89, 76, 91, 84, 87], [75, 82, 88, 79, 86]], labels=['Class A', 'Class B', 'Class C'], vert=False)
            plt.title('Exam Scores'); plt.ylabel('Class'); plt.xlabel('Score (pt)')
            """,
            Boxes,
            cancellationToken);

    [Test]
    [CancelAfter(60_000)]
    public async Task Two_outliers_are_no_whisker_and_equal_values_are_a_box(CancellationToken cancellationToken)
    {
        var chart = await ChartAsync("plt.boxplot([[1, 2, 3, 4, 5, 50, 60], [7, 7]], patch_artist=True)", cancellationToken);

        chart!["elements"].ShouldBeJson(
            """
            [{'label': '1', 'min': 1, 'first_quartile': 2.5, 'median': 4, 'third_quartile': 27.5, 'max': 60, 'outliers': []},
             {'label': '2', 'min': 7, 'first_quartile': 7, 'median': 7, 'third_quartile': 7, 'max': 7, 'outliers': []}]
            """);

        chart = await ChartAsync("plt.boxplot([[1, 2, 3, 4, 5, 3, 3, 3, 50, 60]], patch_artist=True)", cancellationToken);
        chart!["elements"]![0]!["outliers"].ShouldBeJson("[50, 60]");
        chart["elements"]![0]!["max"].ShouldBeJson("5");
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task Several_axes_are_a_superchart(CancellationToken cancellationToken)
    {
        var chart = await ChartAsync(
            """
            figure, (left, middle, right) = plt.subplots(1, 3)
            figure.suptitle('Multiple Charts')
            left.scatter([1], [2], label='s'); left.set_xlabel('X (cm)')
            middle.bar(['A'], [3], label='b'); middle.set_title('Bars')
            right.set_title('Nothing yet')
            """,
            cancellationToken);

        chart!["type"].ShouldBeJson("'superchart'");
        chart["title"].ShouldBeJson("'Multiple Charts'");
        chart["elements"]![0]!["type"].ShouldBeJson("'scatter'");
        chart["elements"]![0]!["x_unit"].ShouldBeJson("'cm'");
        chart["elements"]![0]!["elements"].ShouldBeJson("[{'label': 's', 'points': [[1, 2]]}]");
        chart["elements"]![1].ShouldBeJson(
            "{'type': 'bar', 'title': 'Bars', 'x_label': null, 'y_label': null, 'x_unit': null, 'y_unit': null, 'elements': [{'label': 'A', 'group': 'b', 'value': 3}]}");
        chart["elements"]![2].ShouldBeJson("{'type': 'unknown', 'title': 'Nothing yet', 'elements': []}");
    }

    [TestCase("plt.gca().add_patch(plt.Circle((0, 0), 0.2))", TestName = "A circle")]
    [TestCase("plt.gca().add_patch(plt.Rectangle((0, 0), 1, 1))", TestName = "A rectangle that is no bar")]
    [TestCase("plt.imshow([[1, 2], [3, 4]])", TestName = "An image")]
    [TestCase("plt.contour([[1, 2], [3, 4]])", TestName = "Contours")]
    [TestCase("plt.subplot(projection='3d').scatter([1], [2], [3])", TestName = "A chart in space")]
    [TestCase("plt.subplot(projection='polar').plot([1, 2, 3], [2, 3, 4])", TestName = "A chart around a centre")]
    [TestCase("plt.plot([1, 2, 3]); plt.scatter([1], [2])", TestName = "Lines and points")]
    [TestCase("plt.violinplot([[1, 2, 3]])", TestName = "Violins")]
    [CancelAfter(60_000)]
    public async Task Other_charts_are_unknown(string code, CancellationToken cancellationToken) =>
        await ShouldDrawAsync($"{code}\nplt.title('Other')", "{'type': 'unknown', 'title': 'Other', 'elements': []}", cancellationToken);

    [TestCase("plt.subplots()", TestName = "Axes without data")]
    [TestCase("plt.plot(range(3_000_000))", TestName = "Too many points")]
    [TestCase("plt.plot([1, 3, 2], label='\\ud800')", TestName = "Text that is none")]
    [TestCase("plt.plot([1, 3, 2]); plt.gca().get_title = lambda *arguments, **options: 1 / 0", TestName = "A figure that fails")]
    [CancelAfter(60_000)]
    public async Task Figure_that_cannot_be_described_is_a_picture_only(string code, CancellationToken cancellationToken)
    {
        (await ChartAsync(code, cancellationToken)).Should().BeNull();
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task A_figure_at_the_end_of_a_cell_is_shown_with_its_chart_whether_or_not_it_is_named(CancellationToken cancellationToken)
    {
        var drawn = await RunAsync("import matplotlib.pyplot as plt\nplt.plot([1, 3, 2])", cancellationToken);
        var value = await RunOneAsync("from matplotlib.figure import Figure\nfigure = Figure(); figure.subplots().bar(['A'], [1]); figure", cancellationToken);

        drawn.Should().HaveCount(2);
        drawn[0].IsMainResult.Should().BeTrue("the value of the cell is the list of lines");
        drawn[0].Data.MediaTypes.Should().Equal("text/plain");
        drawn[1].Png.Should().NotBeNull();
        drawn[1].Data["e2b/chart"]!["type"].ShouldBeJson("'line'");
        value.IsMainResult.Should().BeTrue();
        value.Png.Should().NotBeNull();
        value.Data["e2b/chart"]!["type"].ShouldBeJson("'bar'");
    }

    private const string Boxes =
        """
        {'type': 'box_and_whisker', 'title': 'Exam Scores', 'x_label': 'Class', 'y_label': 'Score (pt)', 'x_unit': null, 'y_unit': 'pt',
         'elements': [{'label': 'Class A', 'min': 78, 'first_quartile': 85, 'median': 88, 'third_quartile': 90, 'max': 92, 'outliers': []},
                      {'label': 'Class B', 'min': 84, 'first_quartile': 84.75, 'median': 88, 'third_quartile': 90.5, 'max': 95, 'outliers': [76]},
                      {'label': 'Class C', 'min': 75, 'first_quartile': 79, 'median': 82, 'third_quartile': 86, 'max': 88, 'outliers': []}]}
        """;

    private async Task ShouldDrawAsync(string code, string expected, CancellationToken cancellationToken) =>
        (await ChartAsync(code, cancellationToken)).ShouldBeJson(expected);

    // Runs the code, asserts that there is an image, and returns its chart, or null.
    private async Task<Newtonsoft.Json.Linq.JToken?> ChartAsync(string code, CancellationToken cancellationToken)
    {
        var result = await RunOneAsync(
            $"import datetime\nimport matplotlib.pyplot as plt, numpy as np, pandas as pd\n{code}\nplt.show()", cancellationToken);
        result.Png.Should().NotBeNull();
        result.Text.Should().StartWith("<Figure size");
        return result.Data["e2b/chart"];
    }
}
