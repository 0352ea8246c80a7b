using FluentAssertions;
using KernelGateway.FunctionalTests.Support;
using NUnit.Framework;

namespace KernelGateway.FunctionalTests.RichData;

public sealed class PlainValueTests() : PythonCells("numpy")
{
    [TestCase("[1, 2.5, 'ü', None, True, (1, 2), []]", "[1, 2.5, 'ü', null, true, [1, 2], []]", TestName = "A list")]
    [TestCase("{'a': {'b': [1]}}", "{'a': {'b': [1]}}", TestName = "A dict")]
    [TestCase("{1: 'a', 2.5: 'b', None: 'c', False: 'd', (1, 2): 'e'}",
        "{'1': 'a', '2.5': 'b', 'null': 'c', 'false': 'd', '(1, 2)': 'e'}", TestName = "Keys become text")]
    [TestCase("[float('nan'), float('inf')]", "[null, null]", TestName = "What is no number in JSON is null")]
    [TestCase("[numpy.int64(3), numpy.float32(1.5), numpy.bool_(True), numpy.str_('s')]", "[3, 1.5, true, 's']", TestName = "Scalars of numpy")]
    [TestCase("[numpy.arange(4).reshape(2, 2), numpy.array([1.5, numpy.nan])]", "[[[0, 1], [2, 3]], [1.5, null]]", TestName = "Arrays of numpy")]
    [TestCase("[numpy.datetime64('2024-01-02'), numpy.datetime64('NaT')]", "['2024-01-02', null]", TestName = "Times of numpy")]
    [TestCase("[datetime.date(2024, 1, 2), datetime.datetime(2024, 1, 2, 3), uuid.UUID(int=1), decimal.Decimal('0.5')]",
        "['2024-01-02', '2024-01-02T03:00:00', '00000000-0000-0000-0000-000000000001', 0.5]", TestName = "Types of the standard library")]
    [TestCase("collections.OrderedDict(a=1)", "{'a': 1}", TestName = "A kind of dict")]
    [TestCase("[2 ** 100]", "[1267650600228229401496703205376]", TestName = "A large integer")]
    [CancelAfter(60_000)]
    public async Task Plain_values_are_also_json(string code, string expected, CancellationToken cancellationToken)
    {
        var result = await RunOneAsync($"import collections, datetime, decimal, numpy, uuid\n{code}", cancellationToken);

        result.Json.ShouldBeJson(expected);
        result.Metadata["application/json"].ShouldBeJson("{'expanded': true}");
        result.Text.Should().NotBeNullOrEmpty();
    }

    [TestCase("[object]", TestName = "A list of something else")]
    [TestCase("{'a': {1, 2}}", TestName = "A set in a dict")]
    [TestCase("x = []; x.append(x); x", TestName = "A list that contains itself")]
    [TestCase("x = []\nfor _ in range(100_000): x = [x]\ntype('Deep', (list,), {'__repr__': lambda self: 'deep'})(x)", TestName = "A list that is too deep")]
    [TestCase("['\\ud800']", TestName = "Half a surrogate pair")]
    [TestCase("{1: 'a', '1': 'b'}", TestName = "Keys that are one as text")]
    [TestCase("[2 ** 5000]", TestName = "An integer that nobody reads")]
    [TestCase("type('Large', (list,), {'__repr__': lambda self: 'large'})([0] * 10_000_000)", TestName = "Too many items")]
    [CancelAfter(60_000)]
    public async Task Values_without_a_JSON_form_are_text_only(string code, CancellationToken cancellationToken)
    {
        var result = await RunOneAsync(code, cancellationToken);

        result.Data.MediaTypes.Should().Equal("text/plain");
    }

    [TestCase("1")]
    [TestCase("'text'")]
    [TestCase("(1, 2)")]
    [TestCase("{1, 2}")]
    [CancelAfter(60_000)]
    public async Task Only_lists_and_dicts_are_json(string code, CancellationToken cancellationToken)
    {
        var result = await RunOneAsync(code, cancellationToken);

        result.Data.MediaTypes.Should().Equal("text/plain");
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task A_list_that_knows_its_json_is_asked(CancellationToken cancellationToken)
    {
        var result = await RunOneAsync("type('Own', (list,), {'_repr_json_': lambda self: {'own': True}})([1])", cancellationToken);

        result.Json.ShouldBeJson("{'own': true}");
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task An_object_that_answers_to_every_name_is_left_alone(CancellationToken cancellationToken)
    {
        var result = await RunOneAsync(
            "type('Any', (), {'__getattr__': lambda self, name: (lambda *a, **k: 1 / 0), '__repr__': lambda self: 'any'})()", cancellationToken);

        result.Data.MediaTypes.Should().Equal("text/plain");
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task Text_is_not_cut_short(CancellationToken cancellationToken)
    {
        var result = await RunOneAsync("list(range(3000))", cancellationToken);

        result.Text.Should().EndWith(" 2999]").And.NotContain("...");
    }
}
