using FluentAssertions;
using KernelGateway.AspNetCore.Security;
using KernelGateway.AspNetCore.Tests.Support;
using KernelGateway.Testing.Logging;
using KernelGateway.Testing.Time;
using NUnit.Framework;

namespace KernelGateway.AspNetCore.Tests.Security;

public sealed class AccessTokensTests
{
    private readonly ManualTimeProvider _time = new(new DateTimeOffset(2027, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly LogCollector _log = new();

    [Test]
    public void Tokens_of_the_options_and_of_the_file_are_accepted_side_by_side()
    {
        using var file = new TokenFileFixture("alice one", "bob two");
        using var tokens = Create(file, "zero");

        Find(tokens, "zero")!.Name.Should().Be("default");
        Find(tokens, "one")!.Name.Should().Be("alice");
        Find(tokens, "two")!.Name.Should().Be("bob");
        Find(tokens, "three").Should().BeNull();
    }

    [Test]
    public void A_token_is_withdrawn_by_removing_its_line()
    {
        using var file = new TokenFileFixture("alice one", "bob two");
        using var tokens = Create(file);
        var (alice, bob) = (Find(tokens, "one")!, Find(tokens, "two")!);

        file.Write("bob two", "carol three");
        ReadTwice();

        Find(tokens, "one").Should().BeNull();
        alice.Withdrawn.IsCancellationRequested.Should().BeTrue("its open requests have to end");
        Find(tokens, "two").Should().NotBeNull();
        bob.Withdrawn.IsCancellationRequested.Should().BeFalse();
        Find(tokens, "three")!.Name.Should().Be("carol");
        var entry = _log.Entries.Should().ContainSingle().Which;
        (entry.EventId.Id, entry["Added"], entry["Withdrawn"]).Should().Be((5005, "carol", "alice"));
    }

    [Test]
    public void A_file_that_is_being_written_is_not_used_before_two_readings_agree()
    {
        using var file = new TokenFileFixture("alice one", "bob two");
        using var tokens = Create(file);
        var bob = Find(tokens, "two")!;

        file.Write("alice one");
        _time.Advance(AccessTokens.Interval);
        file.Write("alice one", "bob two", "carol three");
        ReadTwice();

        bob.Withdrawn.IsCancellationRequested.Should().BeFalse();
        Find(tokens, "three").Should().NotBeNull();
    }

    [Test]
    [Platform("Linux")]
    public void A_file_is_read_again_only_when_its_time_length_or_permissions_have_changed()
    {
        using var file = new TokenFileFixture("alice one");
        var written = new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc);
        File.SetLastWriteTimeUtc(file.Path, written);
        using var tokens = Create(file);
        _time.Advance(AccessTokens.Interval);

        file.Write("alice two");
        File.SetLastWriteTimeUtc(file.Path, written);
        ReadTwice();
        Find(tokens, "two").Should().BeNull("the change cannot be seen without reading");

        File.SetLastWriteTimeUtc(file.Path, written.AddSeconds(1));
        ReadTwice();
        Find(tokens, "two").Should().NotBeNull();
        ReadTwice();
        file.SetMode(UnixFileMode.UserRead | UnixFileMode.OtherRead);
        ReadTwice();
        _log.Entries.Should().Contain(entry => entry.EventId.Id == 5006, "other users can read it now");
    }

    [Test]
    public void A_malformed_file_changes_nothing_and_is_logged_once_without_its_content()
    {
        using var file = new TokenFileFixture("alice one");
        using var tokens = Create(file);

        file.Write("alice topsecret more and more");
        ReadTwice();
        ReadTwice();

        Find(tokens, "one").Should().NotBeNull();
        _log.Entries.Should().ContainSingle().Which.EventId.Id.Should().Be(5006);
        _log.Text.Should().Contain("Line 1").And.NotContain("topsecret");
        file.Write("alice two");
        ReadTwice();
        Find(tokens, "two").Should().NotBeNull("the file was mended");
        file.Write("alice topsecret more and more");
        ReadTwice();
        _log.Entries.Count(entry => entry.EventId.Id == 5006).Should().Be(2, "it broke again");
    }

    [Test]
    [Platform("Linux")]
    public void A_file_that_is_gone_or_has_become_readable_for_others_changes_nothing()
    {
        using var file = new TokenFileFixture("alice one");
        using var tokens = Create(file);

        file.SetMode(UnixFileMode.UserRead | UnixFileMode.OtherRead);
        ReadTwice();
        file.Delete();
        ReadTwice();

        Find(tokens, "one").Should().NotBeNull();
        _log.Entries.Select(entry => entry.EventId.Id).Should().Equal(5006, 5006);
    }

    [Test]
    public void A_token_is_not_accepted_from_its_expiry_on_and_its_requests_end()
    {
        using var file = new TokenFileFixture("alice one 2027-01-01T00:00:10Z");
        using var tokens = Create(file);
        _time.Advance(TimeSpan.FromSeconds(9.9));
        var alice = Find(tokens, "one")!;
        alice.Withdrawn.IsCancellationRequested.Should().BeFalse();

        _time.Advance(TimeSpan.FromSeconds(0.1));

        Find(tokens, "one").Should().BeNull();
        alice.Withdrawn.IsCancellationRequested.Should().BeTrue();
    }

    [Test]
    public void An_expiry_can_be_put_off_before_and_after_it_has_passed()
    {
        using var file = new TokenFileFixture("alice one 2027-01-01T00:00:10Z");
        using var tokens = Create(file);
        var first = Find(tokens, "one")!;

        file.Write("alice one 2027-01-01T00:01:00Z");
        _time.Advance(TimeSpan.FromSeconds(20));
        first.Withdrawn.IsCancellationRequested.Should().BeFalse();
        _time.Advance(TimeSpan.FromMinutes(1));
        first.Withdrawn.IsCancellationRequested.Should().BeTrue("requests from before the change end with the new expiry");
        file.Write("alice one");
        ReadTwice();

        Find(tokens, "one")!.Withdrawn.IsCancellationRequested.Should().BeFalse();
    }

    [Test]
    public void The_file_is_not_read_after_the_end()
    {
        using var file = new TokenFileFixture("alice one");
        Create(file).Dispose();

        _time.ActiveTimers.Should().Be(0);
    }

    private static AccessToken? Find(AccessTokens tokens, string token) => tokens.Find(AccessToken.Digest(token));

    private AccessTokens Create(TokenFileFixture file, string? token = null) => new(token, file.Path, _log.CreateLogger("test"), _time);

    private void ReadTwice() => _time.Advance(AccessTokens.Interval * 2);
}
