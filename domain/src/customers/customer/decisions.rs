//! The rules of a customer: who becomes one, and what may happen to one.
//!
//! A command that is already true is none, whatever rule stands against it.

use super::{
    command::*,
    error::CustomerError,
    event::*,
    state::{Customer, CustomerStatus, Profile},
};
use crate::{DecisionContext, Rules, customers::DocumentKind, declared::commands};
use std::collections::BTreeSet;

type Decision = Result<Vec<CustomerEvent>, CustomerError>;

commands! {
    /// What a customer can be asked to do.
    pub enum CustomerCommand for Customer {
        Onboard in Box => onboard,
        VerifyKyc => verify_kyc,
        UpdateContact => update_contact,
        Suspend => suspend,
        Reactivate => reactivate,
        AttachProduct => attach_product,
        DetachProduct => detach_product,
        Close => close,
        AssignManager => assign_manager,
        UnassignManager => unassign_manager,
    }
}

fn onboard(customer: &Customer, command: Onboard, at: DecisionContext<'_>, rules: Rules) -> Decision {
    if rules.all() {
        check_identity(&command, at)?;
    }
    if customer.profile.is_some() {
        return Err(CustomerError::CustomerExists);
    }
    let mut documents = Vec::with_capacity(command.documents.len());
    for document in command.documents {
        if !documents.contains(&document) {
            documents.push(document);
        }
    }
    let onboarded = CustomerOnboarded {
        customer_id: command.customer_id,
        name: command.name,
        email: command.email,
        phone: command.phone,
        customer_type: command.customer_type,
        documents,
        birth_date: command.birth_date,
        tax_id: command.tax_id,
        address: command.address,
        required_documents: if rules.all() { command.required_documents } else { 0 },
        business_date: at.business_date,
        synthetic: command.synthetic,
    };
    Ok(vec![onboarded.into()])
}

/// What live customers must show and history need not.
fn check_identity(onboard: &Onboard, at: DecisionContext<'_>) -> Result<(), CustomerError> {
    if !onboard.synthetic.is_empty() {
        return Err(CustomerError::SyntheticIdentity);
    }
    let kinds: BTreeSet<&DocumentKind> = onboard.documents.iter().map(|document| &document.kind).collect();
    let (given, required) = (u32::try_from(kinds.len()).unwrap_or(u32::MAX), onboard.required_documents);
    if given < required {
        return Err(CustomerError::TooFewDocuments { required, given });
    }
    let business_date = at.business_date;
    match onboard.birth_date {
        Some(birth_date) if birth_date > business_date => {
            Err(CustomerError::BirthDateInFuture { birth_date, business_date })
        }
        _ => Ok(()),
    }
}

fn verify_kyc(customer: &Customer, command: VerifyKyc, _: DecisionContext<'_>, rules: Rules) -> Decision {
    let profile = open(customer)?;
    let VerifyKyc { verdict, judge, reasons } = command;
    let already = match verdict {
        KycVerdict::Verified => profile.status == CustomerStatus::Verified,
        KycVerdict::Rejected => profile.status == CustomerStatus::Rejected && profile.kyc_reasons == reasons,
    };
    if already {
        return Ok(vec![]);
    }
    if rules.all() {
        not_suspended(profile)?;
        if verdict == KycVerdict::Rejected && reasons.is_empty() {
            return Err(CustomerError::KycReasonsMissing);
        }
        if profile.status == CustomerStatus::Verified {
            return Err(CustomerError::CustomerAlreadyVerified);
        }
        if judge == KycJudge::Provider && profile.status != CustomerStatus::Pending {
            return Err(CustomerError::KycDecided { status: profile.status });
        }
    }
    Ok(match verdict {
        KycVerdict::Verified => vec![KycVerified { reasons }.into()],
        KycVerdict::Rejected => vec![KycRejected { reasons }.into()],
    })
}

fn update_contact(
    customer: &Customer,
    command: UpdateContact,
    _: DecisionContext<'_>,
    rules: Rules,
) -> Decision {
    let profile = open(customer)?;
    let name = command.name.filter(|name| *name != profile.name);
    let email = command.email.filter(|email| *email != profile.email);
    let phone = command.phone.filter(|phone| *phone != profile.phone);
    let address = command.address.filter(|address| Some(address) != profile.address.as_ref());
    if name.is_none() && email.is_none() && phone.is_none() && address.is_none() {
        return Ok(vec![]);
    }
    if rules.all() {
        not_suspended(profile)?;
    }
    Ok(vec![ContactUpdated { name, email, phone, address }.into()])
}

fn suspend(customer: &Customer, command: Suspend, _: DecisionContext<'_>, _: Rules) -> Decision {
    if open(customer)?.status == CustomerStatus::Suspended {
        return Ok(vec![]);
    }
    Ok(vec![CustomerSuspended { reason: command.reason }.into()])
}

fn reactivate(customer: &Customer, _: Reactivate, _: DecisionContext<'_>, _: Rules) -> Decision {
    if open(customer)?.status != CustomerStatus::Suspended {
        return Ok(vec![]);
    }
    Ok(vec![CustomerReactivated {}.into()])
}

fn attach_product(
    customer: &Customer,
    command: AttachProduct,
    _: DecisionContext<'_>,
    rules: Rules,
) -> Decision {
    let (profile, product) = (open(customer)?, command.product);
    if profile.products.contains(&product) {
        return Ok(vec![]);
    }
    if rules.all() && profile.status != CustomerStatus::Verified {
        return Err(CustomerError::CustomerNotVerified { status: profile.status });
    }
    Ok(vec![ProductAttached { product }.into()])
}

fn detach_product(customer: &Customer, command: DetachProduct, _: DecisionContext<'_>, _: Rules) -> Decision {
    let (profile, product) = (open(customer)?, command.product);
    if !profile.products.contains(&product) {
        return Ok(vec![]);
    }
    Ok(vec![ProductDetached { product }.into()])
}

fn close(customer: &Customer, _: Close, _: DecisionContext<'_>, rules: Rules) -> Decision {
    let profile = onboarded(customer)?;
    if profile.status == CustomerStatus::Closed {
        return Ok(vec![]);
    }
    if rules.all() && !profile.products.is_empty() {
        return Err(CustomerError::CustomerHasProducts { products: profile.products.clone() });
    }
    Ok(vec![CustomerClosed {}.into()])
}

fn assign_manager(customer: &Customer, command: AssignManager, _: DecisionContext<'_>, _: Rules) -> Decision {
    let AssignManager { manager } = command;
    if open(customer)?.manager.as_ref() == Some(&manager) {
        return Ok(vec![]);
    }
    Ok(vec![ManagerAssigned { manager }.into()])
}

fn unassign_manager(customer: &Customer, _: UnassignManager, _: DecisionContext<'_>, _: Rules) -> Decision {
    if onboarded(customer)?.manager.is_none() {
        return Ok(vec![]);
    }
    Ok(vec![ManagerUnassigned {}.into()])
}

/// The customer is there.
fn onboarded(customer: &Customer) -> Result<&Profile, CustomerError> {
    customer.profile.as_ref().ok_or(CustomerError::CustomerNotOnboarded)
}

/// The customer is there and not closed.
fn open(customer: &Customer) -> Result<&Profile, CustomerError> {
    let profile = onboarded(customer)?;
    if profile.status == CustomerStatus::Closed { Err(CustomerError::CustomerClosed) } else { Ok(profile) }
}

fn not_suspended(profile: &Profile) -> Result<(), CustomerError> {
    if profile.status == CustomerStatus::Suspended { Err(CustomerError::CustomerSuspended) } else { Ok(()) }
}
