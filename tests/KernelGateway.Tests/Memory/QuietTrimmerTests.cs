using System.Globalization;
using System.Security.Cryptography;
using FluentAssertions;
using KernelGateway.Memory;
using KernelGateway.Testing.Time;
using Microsoft.Extensions.Logging.Abstractions;
using Newtonsoft.Json.Linq;
using NUnit.Framework;

namespace KernelGateway.Tests.Memory;

public sealed class QuietTrimmerTests
{
    private readonly ManualTimeProvider _time = new();
    private readonly MemoryAccount _account = new(1000);
    private int _trims;

    [Test]
    public void Memory_is_given_back_once_after_a_minute_of_quiet()
    {
        using var trimmer = new QuietTrimmer(_account, NullLogger.Instance, _time, () => _trims++);
        _account.TryReserve(1);

        _time.Advance(TimeSpan.FromMinutes(1));
        _time.Advance(TimeSpan.FromHours(1));

        _trims.Should().Be(1);
        _time.ActiveTimers.Should().Be(0, "no timer runs while the account is unused");
    }

    [Test]
    public void Activity_postpones_it_and_brings_it_back()
    {
        using var trimmer = new QuietTrimmer(_account, NullLogger.Instance, _time, () => _trims++);
        for (var i = 0; i < 100; i++)
        {
            _account.TryReserve(1);
            _time.Advance(TimeSpan.FromSeconds(19));
        }

        _trims.Should().Be(0);
        _time.Advance(TimeSpan.FromMinutes(1));
        _trims.Should().Be(1);
        _account.Release(1);
        _time.Advance(TimeSpan.FromMinutes(1));
        _trims.Should().Be(2);
    }

    [Test]
    [Platform("Linux")]
    public void Libraries_and_assemblies_that_were_dropped_from_memory_work_on()
    {
        var libraries = MappedLibraries.Find();
        var assembly = File.ReadLines("/proc/self/maps").First(line => line.EndsWith("/System.Private.CoreLib.dll") && line.Contains(" r-xp "));
        libraries.Select(part => part.Start).Should().Contain(nint.Parse(assembly.Split('-')[0], NumberStyles.HexNumber));

        MappedLibraries.Release(libraries);

        JObject.Parse("""{"text": "abc"}""").Value<string>("text").Should().Be("abc");
        SHA256.HashData("abc"u8).Should().StartWith([0xba, 0x78, 0x16, 0xbf]);
        GC.Collect();
    }
}
