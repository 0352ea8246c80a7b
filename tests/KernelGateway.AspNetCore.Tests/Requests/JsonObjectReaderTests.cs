using System.Text;
using FluentAssertions;
using KernelGateway.AspNetCore.Requests;
using KernelGateway.Memory;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;
using NUnit.Framework;

namespace KernelGateway.AspNetCore.Tests.Requests;

public sealed class JsonObjectReaderTests
{
    private static readonly BodyShape Shape = BodyShape.Object(
        ("code", BodyShape.Value),
        ("env", BodyShape.Map),
        ("kernel", BodyShape.Object(("id", BodyShape.Value), ("env", BodyShape.Map))),
        ("notebook", BodyShape.Whole));

    [TestCase("{}", "{}")]
    [TestCase("""{"code": "x = 1\n", "other": 1}""", """{"code":"x = 1\n"}""")]
    [TestCase("""{"other": {"code": "no", "a": [{}, [1, "x"], null]}, "code": "yes", "more": [{"code": 1}]}""", """{"code":"yes"}""")]
    [TestCase("""{"code": "\u00e9\ud83d\ude42 \"\\", "c\u006fde2": 1, "c\u006fde": "last"}""", """{"code":"last"}""")]
    [TestCase("""{"code": [1, {"a": 2}], "env": [3], "kernel": "k"}""", """{"code":[],"env":[],"kernel":"k"}""")]
    [TestCase("""{"code": {"a": [1]}, "env": {"A": "1", "B": {"c": 1}, "C": [[]], "D": null}}""", """{"code":{},"env":{"A":"1","B":{},"C":[],"D":null}}""")]
    [TestCase("""{"kernel": {"id": null, "name": "x", "env": {"A": "1"}, "more": {"id": 1}}}""", """{"kernel":{"id":null,"env":{"A":"1"}}}""")]
    [TestCase("""{"notebook": {"cells": [{"a": [1, 2.5, [true, {}]]}, "x"], "n": -1}, "cells": []}""", """{"notebook":{"cells":[{"a":[1,2.5,[true,{}]]},"x"],"n":-1}}""")]
    [TestCase("  {\"code\" : 12345678901234567890 , \"notebook\" : 1e5 }\n", """{"code":12345678901234567890,"notebook":100000.0}""")]
    public void Known_fields_are_kept_however_the_bytes_are_cut(string json, string expected)
    {
        var bytes = Encoding.UTF8.GetBytes(json);

        for (var cut = 1; cut <= bytes.Length; cut++)
        {
            Read(bytes, cut, long.MaxValue)!.ToString(Formatting.None).Should().Be(expected, $"pieces of {cut} bytes are read as the same body");
        }
    }

    [TestCase("""{"code": "x" """)]
    [TestCase("""{"code": "x"} more""")]
    [TestCase("""{"code": 'x'}""")]
    [TestCase("""{"other": [1,}""")]
    [TestCase("[]")]
    [TestCase("1")]
    [TestCase("\"code\"")]
    public void Body_that_is_not_one_JSON_object_is_refused(string json)
    {
        var bytes = Encoding.UTF8.GetBytes(json);

        for (var cut = 1; cut <= bytes.Length; cut++)
        {
            var thrown = FluentActions.Invoking(() => Read(bytes, cut, long.MaxValue)).Should().Throw<Exception>().Which;
            (thrown is System.Text.Json.JsonException or BodyShapeException).Should().BeTrue(thrown.ToString());
        }
    }

    [Test]
    public void Null_is_not_an_object_and_not_wrong() => Read("null"u8.ToArray(), 2, long.MaxValue).Should().BeNull();

    [Test]
    public void Nesting_without_end_is_refused_and_nesting_that_is_skipped_is_as_deep_as_any()
    {
        string Nest(int depth, string name) => $$"""{"{{name}}": {{new string('[', depth)}}{{new string(']', depth)}}, "code": "x"}""";

        Read(Encoding.ASCII.GetBytes(Nest(500, "other")), 100, long.MaxValue)!.ToString(Formatting.None).Should().Be("""{"code":"x"}""");
        FluentActions.Invoking(() => Read(Encoding.ASCII.GetBytes(Nest(100_000, "other")), 100, long.MaxValue)).Should().Throw<System.Text.Json.JsonException>();
        FluentActions.Invoking(() => Read(Encoding.ASCII.GetBytes(Nest(100_000, "notebook")), 100, long.MaxValue)).Should().Throw<System.Text.Json.JsonException>();
    }

    [TestCase("1")]
    [TestCase("{}")]
    [TestCase("\"x\"")]
    [TestCase("[[]]")]
    public void Ten_megabytes_of_unknown_fields_need_no_memory(string item)
    {
        var bytes = Encoding.ASCII.GetBytes($$"""{"other": [{{string.Join(',', Enumerable.Repeat(item, (10 << 20) / (item.Length + 1)))}}], "code": "x"}""");
        var before = GC.GetAllocatedBytesForCurrentThread();

        var body = Read(bytes, 64 << 10, accountBytes: 64 << 10);

        body!.ToString(Formatting.None).Should().Be("""{"code":"x"}""");
        (GC.GetAllocatedBytesForCurrentThread() - before).Should().BeLessThan(1 << 20);
    }

    [Test]
    public void Body_that_does_not_fit_is_refused_and_its_memory_released()
    {
        var bytes = Encoding.ASCII.GetBytes($$"""{"notebook": [{{string.Join(',', Enumerable.Repeat("{}", 1 << 20))}}]}""");
        var account = new MemoryAccount(16 << 20);
        var memory = new BodyMemory(account);

        FluentActions.Invoking(() => Read(bytes, 64 << 10, memory)).Should().Throw<BodyMemoryException>();
        account.UsedBytes.Should().BeInRange(15 << 20, 16 << 20);
        memory.Dispose();

        account.UsedBytes.Should().Be(0);
    }

    private static JObject? Read(byte[] bytes, int pieceBytes, long accountBytes)
    {
        using var memory = new BodyMemory(new MemoryAccount(accountBytes));
        return Read(bytes, pieceBytes, memory);
    }

    // Reads as the body reader does: the unread rest is passed again with more bytes after it.
    internal static JObject? Read(byte[] bytes, int pieceBytes, BodyMemory memory)
    {
        var reader = new JsonObjectReader(Shape, memory);
        var start = 0;
        for (var end = 0; end < bytes.Length;)
        {
            end = Math.Min(end + pieceBytes, bytes.Length);
            start += reader.Read(bytes.AsMemory(start..end), isEnd: end == bytes.Length);
        }

        return reader.Root;
    }
}
