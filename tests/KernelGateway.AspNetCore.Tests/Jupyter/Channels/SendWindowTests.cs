using FluentAssertions;
using KernelGateway.AspNetCore.Jupyter.Channels;
using KernelGateway.Testing.Time;
using NUnit.Framework;

namespace KernelGateway.AspNetCore.Tests.Jupyter.Channels;

public sealed class SendWindowTests
{
    private readonly ManualTimeProvider _time = new();

    [Test]
    public void A_connection_that_delivers_as_much_as_it_may_gets_more_until_its_rate_is_reached()
    {
        var window = new SendWindow(_time);
        var roundTrip = TimeSpan.FromMilliseconds(100);
        const long BytesARoundTrip = 1_000_000;

        for (var round = 0; round < 10; round++) Answer(window, roundTrip, Math.Min(window.Bytes, BytesARoundTrip));

        window.Bytes.Should().Be(4 * BytesARoundTrip, "four times the delivered bytes keep the connection busy when round trips vary");
    }

    [Test]
    public void Bytes_that_wait_for_a_slow_client_do_not_widen_the_window()
    {
        var window = new SendWindow(_time);
        Answer(window, TimeSpan.FromMilliseconds(1), 10_000);

        // The rate is the same as before: a hundred times as many bytes in a hundred times as much time.
        for (var round = 0; round < 90; round++) Answer(window, TimeSpan.FromMilliseconds(100), 1_000_000);

        window.Bytes.Should().BeInRange(40_000, 41_000);
    }

    [Test]
    public void A_window_that_is_not_needed_any_more_shrinks_to_the_smallest()
    {
        var window = new SendWindow(_time);
        Answer(window, TimeSpan.FromMilliseconds(10), 1_000_000);

        var before = window.Bytes;
        Answer(window, TimeSpan.FromMilliseconds(10), 700);
        window.Bytes.Should().BeInRange(before * 9 / 10, before - 1, "one answer changes the window only a little");
        for (var round = 0; round < 200; round++) Answer(window, TimeSpan.FromMilliseconds(10), 700);

        window.Bytes.Should().Be(SendWindow.MinBytes);
    }

    [Test]
    public void A_way_that_has_become_longer_is_believed_after_a_while()
    {
        var window = new SendWindow(_time);
        Answer(window, TimeSpan.FromMilliseconds(1), 100_000);

        for (var round = 0; round < 210; round++) Answer(window, TimeSpan.FromMilliseconds(100), 1_000_000);

        window.Bytes.Should().Be(4_000_000);
    }

    [Test]
    public void An_answer_that_takes_no_time_at_all_is_taken_for_a_short_one()
    {
        var window = new SendWindow(_time);

        Answer(window, TimeSpan.Zero, 100_000);

        window.Bytes.Should().Be(400_000);
    }

    [Test]
    public void However_much_is_delivered_the_window_has_a_limit()
    {
        var window = new SendWindow(_time);

        Answer(window, TimeSpan.FromMilliseconds(1), 1L << 40);

        window.Bytes.Should().Be(SendWindow.MaxBytes);
    }

    private void Answer(SendWindow window, TimeSpan roundTrip, long deliveredBytes)
    {
        var sentAt = _time.GetTimestamp();
        _time.Advance(roundTrip);
        window.OnAnswer(sentAt, deliveredBytes);
    }
}
