using FluentAssertions;
using KernelGateway.Soak.Books;
using NUnit.Framework;

namespace KernelGateway.Testing.Tests.Soak;

public class LineReceiptTests
{
    private readonly LineReceipt _receipt = new("soak-1-1");

    [Test]
    public void Lines_in_order_balance_however_they_are_cut()
    {
        foreach (var character in "soak-1-1 1\nsoak-1-1 2\nsoak-1-1 3\n") _receipt.Add(character.ToString());

        _receipt.Close();
        _receipt.Problems.Should().BeEmpty();
        _receipt.Received.Should().Be(3);
    }

    [Test]
    public void Lost_line_is_noticed()
    {
        _receipt.Add("soak-1-1 1\nsoak-1-1 4\n");

        _receipt.Problems.Should().Equal("2 lines are missing between 1 and 4");
    }

    [Test]
    public void Lost_line_behind_a_note_of_the_gateway_is_counted_as_dropped()
    {
        _receipt.Add("soak-1-1 1\nsoak-1");
        _receipt.AddGap(2);
        _receipt.Add("soak-1-1 4\nsoak-1-1 5\n");

        _receipt.Problems.Should().BeEmpty();
        _receipt.Dropped.Should().Be(2);
    }

    [Test]
    public void A_note_of_the_gateway_explains_one_gap_only()
    {
        _receipt.AddGap(1);
        _receipt.Add("soak-1-1 2\nsoak-1-1 4\n");

        _receipt.Problems.Should().Equal("1 lines are missing between 2 and 4");
    }

    [Test]
    public void Doubled_line_is_noticed()
    {
        _receipt.Add("soak-1-1 1\nsoak-1-1 2\nsoak-1-1 2\n");

        _receipt.Problems.Should().Equal("line 2 came again behind line 2");
    }

    [Test]
    public void Line_of_another_execution_is_noticed()
    {
        _receipt.Add("soak-1-1 1\nsoak-1-11 2\n");

        _receipt.Problems.Should().Equal("a line of another execution came: 'soak-1-11 2'");
    }

    [Test]
    public void Piece_at_the_end_has_to_begin_the_next_line()
    {
        _receipt.Add("soak-1-1 1\nsoak-1-1 3");

        _receipt.Close();

        _receipt.Problems.Should().Equal("the text ends with 'soak-1-1 3', which does not begin line 2");
    }

    [Test]
    public void Messages_without_a_request_do_not_count()
    {
        _receipt.Add("Warning: something\nsoak-1-1 1\n");

        _receipt.Problems.Should().BeEmpty();
        _receipt.OtherLines.Should().Be(1);
    }
}
